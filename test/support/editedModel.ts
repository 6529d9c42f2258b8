import { sha256 } from '../../src/model/integrity.ts';
import type { ModelFiles } from '../../src/model/writer.ts';

/** New values by dotted path, such as `layers.0.stride`; `undefined` removes a field. */
export type Edits = Readonly<Record<string, unknown>>;

type Node = Record<string, unknown>;

export function manifestText(files: ModelFiles): string {
  return new TextDecoder().decode(files.get('model.json'));
}

/** A manifest with some fields changed, and without its checksum, as after an edit by hand. */
export function editText(json: string, edits: Edits): string {
  const root: Node = JSON.parse(json);
  delete root.crc32;
  for (const [path, value] of Object.entries(edits)) {
    const keys = path.split('.');
    const last = keys.pop()!;
    const parent = keys.reduce((node, key) => node[key] as Node, root);
    if (value === undefined) delete parent[last];
    else parent[last] = value;
  }
  return JSON.stringify(root);
}

export function withManifest(files: ModelFiles, json: string): ModelFiles {
  return new Map([...files, ['model.json', new TextEncoder().encode(json)]]);
}

export function editManifest(files: ModelFiles, edits: Edits): ModelFiles {
  return withManifest(files, editText(manifestText(files), edits));
}

/** Other bytes for a file, as if the model had been written with them: size and hash fit. */
export async function replaceFile(
  files: ModelFiles,
  file: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<ModelFiles> {
  const hash = await sha256(bytes);
  const json = JSON.stringify(JSON.parse(editText(manifestText(files), {})), (_, value) =>
    value?.file === file ? { file, sizeBytes: bytes.length, sha256: hash } : value,
  );
  return withManifest(new Map([...files, [file, bytes]]), json);
}

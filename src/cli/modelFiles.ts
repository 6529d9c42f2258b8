import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readFilesBeside } from '../download/diskFiles.ts';
import { RtfqError } from '../errors.ts';
import { filesOf, type Manifest, parseManifest } from '../model/manifest.ts';
import { openModel, type ReadFile } from '../model/reader.ts';
import { manifestFile } from '../model/validateFiles.ts';
import { encodeManifest, type ModelFiles } from '../model/writer.ts';
import { writeFileAtomically } from '../training/node/atomicFile.ts';
import { recordSelfTest } from './recordSelfTest.ts';

/** The folder of a model that is given as its folder or as its model.json. */
export async function modelFolder(path: string): Promise<string> {
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory()) return path;
  if (found !== null && basename(path) === manifestFile) return dirname(path);
  throw new RtfqError('MODEL_FETCH_FAILED', `there is no model at ${path}`, {
    expected: `a folder with a ${manifestFile}`,
  });
}

/** Reads a model's files from a folder. The reader throws RtfqError `MODEL_FETCH_FAILED`. */
export function readFilesFrom(dir: string): ReadFile {
  return readFilesBeside(pathToFileURL(join(dir, manifestFile)));
}

/** Reads the files of a model that was never written. */
export function readFilesOf(files: ModelFiles): ReadFile {
  return async (file) => {
    const bytes = files.get(file);
    if (bytes !== undefined) return bytes;
    throw new RtfqError('MODEL_FETCH_FAILED', `the model has no file ${file}`);
  };
}

/**
 * Writes a model into a folder, model.json last, so that what stands there is whole at any time. Files of
 * the model that was there before, and of no other, are removed.
 */
export async function writeModelFiles(dir: string, files: ModelFiles): Promise<void> {
  await mkdir(dir, { recursive: true });
  const previous = await readFile(join(dir, manifestFile), 'utf8').then(fileNames, () => []);
  await rm(join(dir, manifestFile), { force: true });
  for (const name of previous) if (!files.has(name)) await rm(join(dir, name), { force: true });
  for (const [name, bytes] of files) {
    if (name !== manifestFile) await writeFile(join(dir, name), bytes);
  }
  await writeFileAtomically(join(dir, manifestFile), files.get(manifestFile)!);
}

/** Writes a model into a folder, with the logits on which backends are tried. */
export async function writeTriedModel(dir: string, files: ModelFiles): Promise<void> {
  const model = await openModel(readFilesOf(files));
  const manifest = encodeManifest(await recordSelfTest(model));
  await writeModelFiles(dir, new Map([...files, [manifestFile, manifest]]));
}

/** Puts another model.json in place of a model's own. */
export async function writeManifest(dir: string, manifest: Manifest): Promise<void> {
  await writeFileAtomically(join(dir, manifestFile), encodeManifest(manifest));
}

/** None when the document is no manifest. */
function fileNames(json: string): readonly string[] {
  try {
    return filesOf(parseManifest(json)).map(({ file }) => file);
  } catch {
    return [];
  }
}

import { RtfqError } from '../errors.ts';
import type { FileReference } from './manifest.ts';

/** To be called before anything is downloaded. @throws RtfqError `MODEL_INTEGRITY` where nothing can be checked */
export function expectHashing(): void {
  if (globalThis.crypto?.subtle !== undefined) return;
  throw new RtfqError('MODEL_INTEGRITY', 'this page cannot check the hashes of model files', {
    got: 'no crypto.subtle',
    hint: 'serve the page over https or from localhost',
  });
}

/** SHA-256 as 64 lower-case hexadecimal digits. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @throws RtfqError `MODEL_INTEGRITY` when the bytes are not those that the manifest names. */
export async function verifyFile(
  reference: FileReference,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const hint = 'the file is damaged, truncated or from another model: fetch or export it again';
  if (bytes.length !== reference.sizeBytes) {
    throw new RtfqError('MODEL_INTEGRITY', `${reference.file} has the wrong size`, {
      got: `${bytes.length} bytes`,
      expected: `${reference.sizeBytes} bytes`,
      hint,
    });
  }
  const hash = await sha256(bytes);
  if (hash !== reference.sha256) {
    throw new RtfqError('MODEL_INTEGRITY', `${reference.file} has the wrong content`, {
      got: `SHA-256 ${hash}`,
      expected: reference.sha256,
      hint,
    });
  }
}

import { RtfqError } from '../errors.ts';
import { sha256 } from './integrity.ts';
import type { ReadFile } from './reader.ts';

/**
 * Reads files as `readFile` does, and model.json only where it is the one that is meant. The reader throws RtfqError
 * `MODEL_INTEGRITY` otherwise.
 * @param integrity `sha256-BASE64`; null to take any
 */
export function expectManifest(readFile: ReadFile, integrity: string | null): ReadFile {
  if (integrity === null) return readFile;
  return async (file, expected, options) => {
    const bytes = await readFile(file, expected, options);
    if (expected !== null) return bytes; // its hash is in model.json
    const hash = `sha256-${base64OfHex(await sha256(bytes))}`;
    if (hash === integrity) return bytes;
    throw new RtfqError('MODEL_INTEGRITY', `${file} is not the one that was expected`, {
      got: hash,
      expected: integrity,
      hint: 'the model was changed, by its owner or by someone else: look before you adopt its hash',
    });
  };
}

function base64OfHex(hex: string): string {
  const bytes = hex.match(/../g)!.map((byte) => Number.parseInt(byte, 16));
  return btoa(String.fromCharCode(...bytes));
}

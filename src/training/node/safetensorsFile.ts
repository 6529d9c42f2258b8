import { readFile } from 'node:fs/promises';
import { RtfqError } from '../../errors.ts';
import { Safetensors } from '../safetensors.ts';

/** @throws RtfqError `WEIGHTS_FORMAT` when the file cannot be read or is malformed */
export async function readSafetensorsFile(path: string): Promise<Safetensors> {
  const bytes = await readFile(path).catch((cause: Error) => {
    throw new RtfqError('WEIGHTS_FORMAT', `cannot read ${path}`, { got: cause.message, cause });
  });
  return new Safetensors(bytes);
}

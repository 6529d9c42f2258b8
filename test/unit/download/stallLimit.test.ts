import { expect, test } from 'vitest';
import { limitStalls } from '../../../src/download/stallLimit.ts';
import { RtfqError } from '../../../src/errors.ts';
import type { ReadFile } from '../../../src/model/reader.ts';

const stallMs = 40;
const bytes = new Uint8Array([1, 2, 3]);

/** Tells of a byte, again and again, and then hangs until it is aborted or comes to its end. */
function slowFile(tellings: number, ends: boolean): ReadFile {
  return (file, _, { signal, onProgress }) =>
    new Promise((resolve, reject) => {
      signal!.addEventListener('abort', () => reject(new RtfqError('ABORTED', 'aborted')));
      let told = 0;
      const tell = () => {
        onProgress?.({ file, loadedBytes: told, totalBytes: null, cachedBytes: 0 });
        told += 1;
        if (told < tellings) setTimeout(tell, stallMs / 4);
        else if (ends) resolve(bytes);
      };
      tell();
    });
}

test('a file that stops arriving is given up, and the failure says how long nothing came', async () => {
  await expect(limitStalls(slowFile(3, false), stallMs)('a.bin', null, {})).rejects.toMatchObject({
    code: 'MODEL_FETCH_FAILED',
    got: 'no byte for 0.04 s',
  });
});

test('a file that takes many times as long, but keeps arriving, is read', async () => {
  const progress: number[] = [];
  const read = limitStalls(slowFile(20, true), stallMs);
  const onProgress = ({ loadedBytes }: { loadedBytes: number }) => progress.push(loadedBytes);
  expect(await read('a.bin', null, { onProgress })).toBe(bytes);
  expect(progress).toHaveLength(20);
});

test('a signal still ends the reading, before it begins and in the middle', async () => {
  const read = limitStalls(slowFile(3, false), 60_000);
  const controller = new AbortController();
  const reading = read('a.bin', null, { signal: controller.signal });
  controller.abort();
  await expect(reading).rejects.toMatchObject({ code: 'ABORTED' });
  let given: AbortSignal | undefined;
  const spy: ReadFile = async (_file, _expected, { signal }) => {
    given = signal;
    return bytes;
  };
  await limitStalls(spy)('a.bin', null, { signal: AbortSignal.abort() });
  expect(given?.aborted).toBe(true);
});

test('what the reader itself throws passes', async () => {
  const failure = new RtfqError('MODEL_INTEGRITY', 'wrong');
  await expect(limitStalls(() => Promise.reject(failure))('a.bin', null, {})).rejects.toBe(failure);
});

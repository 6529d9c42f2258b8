import { expect, test } from 'vitest';
import { DownloadTally } from '../../../src/demo/downloadTally.ts';

const progress = (file: string, loadedBytes: number, totalBytes: number | null) =>
  ({ phase: 'open', file, loadedBytes, cachedBytes: 0, totalBytes }) as const;

test('adds up files; one of unknown size counts with what has come of it', () => {
  const tally = new DownloadTally();
  tally.add(progress('model.json', 300, null));
  tally.add(progress('weights-8.bin', 100, 1000));
  tally.add(progress('weights-8.bin', 400, 1000));
  expect(tally.loadedBytes).toBe(700);
  expect(tally.totalBytes).toBe(1300);
});

test('names the file that is on its way', () => {
  const tally = new DownloadTally();
  tally.add(progress('weights-8.bin', 100, 1000));
  expect(tally.current).toBe('weights-8.bin');
  tally.add(progress('weights-8.bin', 1000, 1000));
  expect(tally.current).toBeNull();
  expect([...tally.files]).toEqual(['weights-8.bin']);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NewestFrame } from '../../../../src/client/camera/newestFrame.ts';
import type { CameraFrame } from '../../../../src/index.ts';
import { asFrame, CountedFrame } from '../../../support/countedFrame.ts';

function put(newest: NewestFrame, frame: CountedFrame, atMs = 0): void {
  newest.put({ take: () => asFrame(frame), drop: () => frame.close() }, atMs);
}

function counted(frame: CameraFrame | null): CountedFrame | null {
  return frame as unknown as CountedFrame | null;
}

test('whoever asks late gets the newest frame; those before it are dropped', async () => {
  const newest = new NewestFrame();
  const frames = [0, 1, 2].map((number) => new CountedFrame(number));
  for (const frame of frames) put(newest, frame);
  expect(counted(await newest.next())).toBe(frames[2]);
  expect(newest.dropped).toBe(2);
  expect(frames.map(({ closes }) => closes)).toEqual([1, 1, 0]);
});

test('whoever asks early gets the first frame that comes, and no frame twice', async () => {
  const newest = new NewestFrame();
  const asked = newest.next();
  const frame = new CountedFrame(0);
  put(newest, frame);
  expect(counted(await asked)).toBe(frame);
  const again = newest.next();
  newest.close();
  expect(await again).toBeNull();
  expect(frame.closes).toBe(0);
  expect(newest.dropped).toBe(0);
});

test('it tells whether its frame is in use, and counts what came meanwhile', async () => {
  const newest = new NewestFrame();
  expect(newest.isLent).toBe(false);
  put(newest, new CountedFrame(0));
  await newest.next();
  expect(newest.isLent).toBe(true);
  newest.miss(10);
  newest.giveBack();
  expect(newest.isLent).toBe(false);
  expect(newest.dropped).toBe(1);
});

test('what is forgotten is closed and not counted as dropped', () => {
  const newest = new NewestFrame();
  const frame = new CountedFrame(0);
  put(newest, frame);
  newest.clear();
  expect(frame.closes).toBe(1);
  expect(newest.dropped).toBe(0);
});

test('an arrival without a frame is passed over', async () => {
  const newest = new NewestFrame();
  const asked = newest.next();
  newest.put({ take: () => null, drop() {} }, 0);
  await Promise.resolve();
  const frame = new CountedFrame(1);
  put(newest, frame);
  expect(counted(await asked)).toBe(frame);
});

test('the interval is that of the frames that come, not of those that are taken', async () => {
  const newest = new NewestFrame();
  for (let i = 0; i < 10; i++) put(newest, new CountedFrame(i), 20 * i);
  expect(newest.intervalMs).toBe(20);
});

test('whatever happens in whichever order, each frame is given or closed, once', async () => {
  const steps = fc.array(fc.constantFrom('put', 'slow', 'ask', 'clear', 'turn', 'close'), {
    maxLength: 40,
  });
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      const newest = new NewestFrame();
      const frames: CountedFrame[] = [];
      const captures: (() => void)[] = [];
      const given: (CountedFrame | null)[] = [];
      let asking = Promise.resolve();
      for (const step of script) {
        if (step === 'put') {
          const frame = new CountedFrame(frames.length);
          frames.push(frame);
          put(newest, frame);
        } else if (step === 'slow') {
          // As a bitmap of a video: there is none before it is taken.
          const take = async () => {
            await new Promise<void>((resolve) => captures.push(resolve));
            const frame = new CountedFrame(frames.length);
            frames.push(frame);
            return asFrame(frame);
          };
          newest.put({ take, drop() {} }, 0);
        } else if (step === 'ask') {
          asking = asking.then(async () => void given.push(counted(await newest.next())));
        } else if (step === 'clear') newest.clear();
        else if (step === 'close') newest.close();
        else await Promise.resolve();
      }
      newest.close();
      for (let i = 0; i < captures.length; i++) captures[i]!();
      await asking;
      for (const frame of frames) {
        expect(frame.closes + given.filter((one) => one === frame).length).toBe(1);
      }
      const numbers = given.flatMap((frame) => (frame ? [frame.number] : []));
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }),
    { numRuns: 300 },
  );
});

import { beforeEach, expect, test } from 'vitest';
import { CameraFrames } from '../../../../src/client/camera/cameraFrames.ts';
import type { NewestFrame } from '../../../../src/client/camera/newestFrame.ts';
import { RtfqError } from '../../../../src/errors.ts';
import { asFrame, CountedFrame } from '../../../support/countedFrame.ts';
import { outcomesOf } from '../../../support/outcomes.ts';

const lost = new RtfqError('CAMERA_LOST', 'unplugged');

let frames: CountedFrame[];
let reading: NewestFrame | null;
let readings: number;
let isLeft: boolean;
let loop: CameraFrames;

beforeEach(() => {
  frames = [];
  reading = null;
  readings = 0;
  isLeft = false;
  loop = new CameraFrames({
    read(newest) {
      reading = newest;
      readings += 1;
      return () => {
        reading = null;
      };
    },
    joined: (joined) => joined.run(),
    left: () => {
      isLeft = true;
    },
  });
});

/** The camera gives a frame, if anyone reads. */
function give(): CountedFrame {
  const frame = new CountedFrame(frames.length);
  frames.push(frame);
  if (reading === null) frame.close();
  else reading.put({ take: () => asFrame(frame), drop: () => frame.close() }, 0);
  return frame;
}

function closes(): number[] {
  return frames.map((frame) => frame.closes);
}

test('nothing is read before the first frame is asked for', async () => {
  expect(readings).toBe(0);
  const asked = loop.next();
  await Promise.resolve();
  expect(readings).toBe(1);
  const frame = give();
  expect(await asked).toEqual({ done: false, value: frame });
});

test('a frame is closed when the next one is asked for, and when the loop is left', async () => {
  for (let i = 0; i < 3; i++) {
    const asked = loop.next();
    await Promise.resolve();
    give();
    await asked;
    expect(closes()).toEqual([1, 1, 0].slice(2 - i));
  }
  expect(await loop.return()).toEqual({ done: true, value: undefined });
  expect(closes()).toEqual([1, 1, 1]);
  expect(reading).toBeNull();
  expect(isLeft).toBe(true);
  expect(await loop.next()).toEqual({ done: true, value: undefined });
});

test('a frame that is released is closed at once, and only once', async () => {
  const asked = loop.next();
  await Promise.resolve();
  const frame = give();
  await asked;
  expect(reading!.isLent).toBe(true);
  loop.release();
  expect(frame.closes).toBe(1);
  expect(reading!.isLent).toBe(false);
  await loop.return();
  expect(frame.closes).toBe(1);
});

test('leaving the loop while it waits for a frame lets it go', async () => {
  const asked = loop.next();
  await Promise.resolve();
  await loop.return();
  expect(await asked).toEqual({ done: true, value: undefined });
});

test('a frame that comes in the moment of leaving is closed once', async () => {
  for (let turns = 0; turns < 6; turns++) {
    loop = new CameraFrames({
      read(newest) {
        reading = newest;
        return () => {};
      },
      joined: (joined) => joined.run(),
      left() {},
    });
    const asked = loop.next();
    await Promise.resolve();
    const frame = give();
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    await loop.return();
    await asked;
    expect(frame.closes, `${turns} turns`).toBe(1);
  }
});

test('a loop that is paused waits, and goes on with a frame of after the pause', async () => {
  const first = loop.next();
  await Promise.resolve();
  give();
  await first;
  give();
  loop.pause();
  expect(reading).toBeNull();
  const asked = loop.next();
  give();
  loop.run();
  const fresh = give();
  expect(await asked).toEqual({ done: false, value: fresh });
  expect(closes()).toEqual([1, 1, 1, 0]);
  expect(loop.dropped).toBe(0);
});

test('the reason of the end is told once, to whoever waits or asks next', async () => {
  const waiting = loop.next();
  await Promise.resolve();
  loop.end(lost);
  expect(await outcomesOf([waiting])).toEqual(['CAMERA_LOST']);
  expect(await loop.next()).toEqual({ done: true, value: undefined });
});

test('the end closes the frame that the loop holds', async () => {
  const asked = loop.next();
  await Promise.resolve();
  const frame = give();
  await asked;
  loop.end(lost);
  expect(frame.closes).toBe(1);
  await expect(loop.next()).rejects.toBe(lost);
  expect(frame.closes).toBe(1);
});

test('a frame that cannot be captured ends the loop with its reason', async () => {
  const failure = new RtfqError('UNSUPPORTED_IMAGE', 'cannot be read');
  const asked = loop.next();
  await Promise.resolve();
  reading!.put({ take: () => Promise.reject(failure), drop() {} }, 0);
  await expect(asked).rejects.toBe(failure);
  expect(isLeft).toBe(true);
  expect(reading).toBeNull();
});

test('several that ask at once are given one frame each, in their order', async () => {
  const asked = [loop.next(), loop.next()];
  await Promise.resolve();
  const first = give();
  expect(await asked[0]).toEqual({ done: false, value: first });
  const second = give();
  expect(await asked[1]).toEqual({ done: false, value: second });
});

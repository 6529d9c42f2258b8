import { expect, test } from 'vitest';
import { PendingFrame } from '../../../src/client/pendingFrame.ts';
import { RtfqError } from '../../../src/errors.ts';
import type { TransferableFrame } from '../../../src/worker/protocol.ts';
import { outcomesOf } from '../../support/outcomes.ts';

const superseded = new RtfqError('SUPERSEDED', 'a newer one came');

class CountedFrame {
  closes = 0;
  close(): void {
    this.closes += 1;
  }
}

function pendingOn(frame: CountedFrame, signal?: AbortSignal): PendingFrame<string> {
  return new PendingFrame(Promise.resolve(frame as unknown as TransferableFrame), signal);
}

test('a frame that is taken is the taker’s to close', async () => {
  const frame = new CountedFrame();
  const pending = pendingOn(frame);
  expect(await pending.take()).toBe(frame);
  expect(pending.resolve('result')).toBe(true);
  expect(await pending.result).toBe('result');
  expect(frame.closes).toBe(0);
});

test('a frame that is replaced before it is taken is closed once', async () => {
  const frame = new CountedFrame();
  const pending = pendingOn(frame);
  expect(pending.reject(superseded)).toBe(true);
  expect(pending.reject(superseded)).toBe(false);
  expect(await outcomesOf([pending.result])).toEqual(['SUPERSEDED']);
  expect(await pending.take()).toBeNull();
  expect(frame.closes).toBe(1);
});

test('a frame that is aborted while it is being captured is closed once', async () => {
  const frame = new CountedFrame();
  const controller = new AbortController();
  const pending = pendingOn(frame, controller.signal);
  const taking = pending.take();
  controller.abort();
  expect(await taking).toBeNull();
  expect(await outcomesOf([pending.result])).toEqual(['ABORTED']);
  expect(frame.closes).toBe(1);
});

test('a capture that hangs holds up nobody once its call is aborted; what it brings late is closed once', async () => {
  const frame = new CountedFrame();
  const controller = new AbortController();
  let bring!: () => void;
  const capture = new Promise<TransferableFrame>((resolve) => {
    bring = () => resolve(frame as unknown as TransferableFrame);
  });
  const pending = new PendingFrame<string>(capture, controller.signal);
  const taking = pending.take();
  controller.abort();
  expect(await taking).toBeNull();
  expect(await outcomesOf([pending.result])).toEqual(['ABORTED']);
  expect(frame.closes).toBe(0);
  bring();
  await capture;
  expect(frame.closes).toBe(1);
});

for (let turns = 0; turns < 6; turns++) {
  test(`a frame that is aborted ${turns} turns after its capture is either taken or closed`, async () => {
    const frame = new CountedFrame();
    const controller = new AbortController();
    const pending = pendingOn(frame, controller.signal);
    const taking = pending.take();
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    controller.abort();
    expect(await outcomesOf([pending.result])).toEqual(['ABORTED']);
    expect(frame.closes).toBe((await taking) === null ? 1 : 0);
  });
}

test('a capture that fails rejects the call at once, without anyone taking it', async () => {
  const failure = new RtfqError('IMAGE_DECODE_FAILED', 'no picture');
  const pending = new PendingFrame(Promise.reject(failure), undefined);
  await expect(pending.result).rejects.toBe(failure);
  expect(await pending.take()).toBeNull();
});

test('a signal that fires after the result changes nothing', async () => {
  const controller = new AbortController();
  const pending = pendingOn(new CountedFrame(), controller.signal);
  await pending.take();
  pending.resolve('result');
  controller.abort();
  expect(await pending.result).toBe('result');
});

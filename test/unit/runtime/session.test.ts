import { expect, test } from 'vitest';
import type { Backend } from '../../../src/backends/backend.ts';
import { openReferenceBackend } from '../../../src/backends/reference/backend.ts';
import { RtfqError } from '../../../src/errors.ts';
import { openModel } from '../../../src/model/reader.ts';
import type { Subnet } from '../../../src/network/subnet.ts';
import { Session } from '../../../src/runtime/session.ts';
import { Succession } from '../../../src/runtime/succession.ts';
import { FaultyBackend } from '../../support/faultyBackend.ts';
import { outcomesOf } from '../../support/outcomes.ts';
import { barsFrame } from '../../support/testFrames.ts';
import { readFrom, tinyModelFiles } from '../../support/tinyModel.ts';

const largest: Subnet = { width: 1, resolution: 32, bits: 8 };
const small: Subnet = { width: 0.5, resolution: 24, bits: 8 };

async function openSession(): Promise<{ session: Session; reads: string[] }> {
  const read = readFrom(await tinyModelFiles());
  const reads: string[] = [];
  const model = await openModel((file, ...rest) => {
    reads.push(file);
    return read(file, ...rest);
  });
  return { session: new Session(model, openReferenceBackend()), reads };
}

test('each file is read once, however often and however concurrently subnets are prepared', async () => {
  const { session, reads } = await openSession();
  await Promise.all([session.prepare(largest), session.prepare(largest), session.switchTo(small)]);
  await session.switchTo(largest);
  expect(reads).toHaveLength(new Set(reads).size);
  expect(reads.filter((file) => file.startsWith('weights-')).sort()).toEqual([
    'weights-8.bin',
    'weights-shared.bin',
  ]);
});

test('running a subnet once leaves the active one as it is', async () => {
  const { session } = await openSession();
  await session.switchTo(largest);
  const frame = barsFrame(1);
  const once = await session.runOnce(small, frame);
  expect(once.subnet).toMatchObject(small);
  expect(session.active).toMatchObject(largest);
  const active = await session.run(frame);
  expect(active.subnet).toMatchObject(largest);
  expect(active.logits).not.toEqual(once.logits);
});

test('an unknown subnet is refused with the names of those there are', async () => {
  const { session } = await openSession();
  await expect(session.switchTo({ ...largest, resolution: 31 })).rejects.toMatchObject({
    code: 'UNKNOWN_SUBNET',
    got: '1.0,31,8',
    expected: expect.stringContaining('0.5,24,4'),
  });
});

test('a preparation that was aborted may be repeated', async () => {
  const { session } = await openSession();
  const signal = AbortSignal.abort();
  await expect(session.prepare(largest, { signal })).rejects.toMatchObject({ code: 'ABORTED' });
  await session.switchTo(largest);
  expect(session.active).toMatchObject(largest);
});

test('a caller that aborts is let go at once, and ends nothing that others wait for', async () => {
  const { session, reads } = await openSession();
  const controller = new AbortController();
  const { signal } = controller;
  const aborted = session.prepare(largest, { signal });
  const sameSubnet = session.prepare(largest);
  const samePacks = session.prepare(small);
  const order: string[] = [];
  const calls = [
    aborted.finally(() => order.push('aborted')),
    sameSubnet.finally(() => order.push('others')),
    samePacks,
  ];
  controller.abort();
  expect(await outcomesOf(calls)).toEqual(['ABORTED', 'ok', 'ok']);
  expect(order).toEqual(['aborted', 'others']);
  expect(reads).toHaveLength(new Set(reads).size);
});

test('a caller may abort what another began, and a switch that was aborted does not happen', async () => {
  const { session } = await openSession();
  const controller = new AbortController();
  const first = session.switchTo(largest);
  const second = session.switchTo(small, { signal: controller.signal });
  const third = session.prepare(largest, { signal: controller.signal });
  controller.abort();
  expect(await outcomesOf([first, second, third])).toEqual(['ok', 'ABORTED', 'ABORTED']);
  await session.prepare(small);
  expect(session.active).toMatchObject(largest);
});

test('a disposed session refuses everything, also what was under way', async () => {
  const { session } = await openSession();
  await session.switchTo(largest);
  const switching = session.switchTo(small);
  session.dispose();
  await expect(switching).rejects.toMatchObject({ code: 'DISPOSED' });
  await expect(session.run(barsFrame(1))).rejects.toMatchObject({ code: 'DISPOSED' });
  await expect(session.prepare(largest)).rejects.toMatchObject({ code: 'DISPOSED' });
});

test('what was given back is read and compiled anew when it is asked for again', async () => {
  const { session, reads } = await openSession();
  await session.switchTo(largest);
  const { logits } = await session.run(barsFrame(1));
  await session.switchTo({ ...small, bits: 4 });
  session.evict(largest);
  session.evictPack(8);
  expect(session.isPrepared(largest)).toBe(false);
  expect(() => session.activate(largest)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  await session.switchTo(largest);
  expect((await session.run(barsFrame(1))).logits).toEqual(logits);
  expect(reads.filter((file) => file === 'weights-8.bin')).toHaveLength(2);
});

test('the active subnet and its weights stay, and a pack takes its programs with it', async () => {
  const { session } = await openSession();
  await session.prepare(small);
  await session.prepare({ ...small, bits: 4 });
  await session.switchTo(largest);
  session.evict(largest);
  session.evictPack(8);
  session.evictPack(4);
  expect(session.isPrepared(small)).toBe(true);
  expect(session.isPrepared({ ...small, bits: 4 })).toBe(false);
  expect((await session.run(barsFrame(1))).subnet).toMatchObject(largest);
});

test('a pack that is given back while a table is still read is loaded again', async () => {
  const { session } = await openSession();
  await session.switchTo(largest);
  const preparing = session.prepare({ ...small, bits: 4 });
  session.evictPack(4);
  await preparing;
  expect(session.isPrepared({ ...small, bits: 4 })).toBe(true);
  const prepared = await session.runPrepared({ ...small, bits: 4 }, barsFrame(1));
  expect(prepared.subnet.bits).toBe(4);
});

test('work that devices are lost at is tried on other kinds of them in the end', async () => {
  const model = await openModel(readFrom(await tinyModelFiles()));
  const right = new Session(model, openReferenceBackend());
  const opened: string[] = [];
  const succession = new Succession(undefined, async (name) => {
    opened.push(name);
    return name === 'webgpu' ? lostAtFrames() : openReferenceBackend();
  });
  const session = new Session(model, lostAtFrames(), succession);
  const frame = barsFrame(1);
  const { logits } = await session.runOnce(largest, frame);
  expect(logits).toEqual((await right.runOnce(largest, frame)).logits);
  expect(opened).toEqual(['webgpu', 'webgpu', 'wasm']);
});

/** A backend that loses its device with each frame, and not before. */
function lostAtFrames(): Backend {
  return new FaultyBackend('webgpu', {
    onRun: () => {
      throw new RtfqError('DEVICE_LOST', 'gone');
    },
  });
}

const bytes = (length: number) => new Uint8Array(length);
test.each([
  ['too few bytes', { data: bytes(4 * 48 * 40 - 1), width: 48, height: 40 }, '7680 bytes'],
  ['too many bytes', { data: bytes(4 * 48 * 40 + 4), width: 48, height: 40 }, '7680 bytes'],
  ['no width', { data: bytes(0), width: 0, height: 40 }, 'above 0'],
  ['half a row', { data: bytes(4 * 48), width: 48, height: 1.5 }, 'above 0'],
  ['negative sides', { data: bytes(4), width: -1, height: -1 }, 'above 0'],
  ['no number', { data: bytes(4), width: Number.NaN, height: 1 }, 'above 0'],
])('a picture of %s is refused by all that reads pictures', async (_, frame, expected) => {
  const { session } = await openSession();
  await session.switchTo(largest);
  const calls = [
    session.run(frame),
    session.runToTensor(frame),
    session.runPrepared(largest, frame),
    session.runOnce(largest, frame),
    session.pixelsOf(frame),
  ];
  for (const call of calls) {
    await expect(call).rejects.toMatchObject({
      code: 'UNSUPPORTED_IMAGE',
      got: `${frame.data.length} bytes, ${frame.width} x ${frame.height} pixels`,
      expected: expect.stringContaining(expected),
    });
  }
});

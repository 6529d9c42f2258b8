import { beforeAll, expect, test, vi } from 'vitest';
import type { BackendName } from '../../../src/backends/backend.ts';
import { openReferenceBackend } from '../../../src/backends/reference/backend.ts';
import { RtfqError } from '../../../src/errors.ts';
import type { Model } from '../../../src/model/reader.ts';
import type { Plan } from '../../../src/network/plan.ts';
import { formatSubnet, type Subnet } from '../../../src/network/subnet.ts';
import { Session } from '../../../src/runtime/session.ts';
import { type ReplacedBackend, Succession } from '../../../src/runtime/succession.ts';
import { type Faults, FaultyBackend } from '../../support/faultyBackend.ts';
import { recordAnswers } from '../../support/recordedModel.ts';
import { barsFrame } from '../../support/testFrames.ts';
import { openTinyModel } from '../../support/tinyModel.ts';

const at8: Subnet = { width: 1, resolution: 32, bits: 8 };
const at4: Subnet = { width: 1, resolution: 32, bits: 4 };
const frame = barsFrame(1);

let model: Model;
const right = new Map<string, Float32Array>();
beforeAll(async () => {
  model = await recordAnswers(await openTinyModel());
  const oracle = new Session(model, openReferenceBackend());
  for (const subnet of [at8, at4]) {
    right.set(formatSubnet(subnet), (await oracle.runOnce(subnet, frame)).logits);
  }
});

const wrongAt = (...bits: readonly number[]): Faults => ({
  isWrong: ({ subnet }: Plan) => bits.includes(subnet.bits),
});
const deviceLost = new RtfqError('DEVICE_LOST', 'gone');

/** A session whose backends are opened in the order in which faults are listed for their names. */
function openFaulty(first: FaultyBackend, later: Partial<Record<BackendName, readonly Faults[]>>) {
  const replaced = vi.fn<(replaced: ReplacedBackend) => void>();
  const opened: FaultyBackend[] = [first];
  const left = new Map(Object.entries(later).map(([name, faults]) => [name, [...faults]]));
  const open = async (name: BackendName) => {
    const faults = left.get(name)?.shift();
    if (faults === undefined) throw new RtfqError('BACKEND_UNAVAILABLE', `no ${name} here`);
    opened.push(new FaultyBackend(name, faults));
    return opened.at(-1)!;
  };
  const session = new Session(model, first, new Succession(replaced, open));
  const expectRight = async (subnet: Subnet) => {
    const { logits } = await session.run(frame);
    expect(logits).toEqual(right.get(formatSubnet(subnet)));
  };
  return { session, replaced, opened, expectRight };
}

test('a backend that is wrong at 4 bits only is replaced when these are loaded, before one can switch to them', async () => {
  const gpu = new FaultyBackend('webgpu', wrongAt(4));
  const { session, replaced, opened, expectRight } = openFaulty(gpu, { wasm: [{}] });
  await session.switchTo(at8);
  await expectRight(at8);
  expect(replaced).not.toHaveBeenCalled();

  await session.prepare(at4);
  expect(replaced).toHaveBeenCalledExactlyOnceWith({
    from: 'webgpu',
    to: opened[1],
    reason: expect.objectContaining({
      code: 'BACKEND_UNAVAILABLE',
      message: expect.stringMatching(/webgpu computes wrongly .* on 0\.5,24,4/),
    }),
    passedOver: [],
  });
  expect(session.backend.name).toBe('wasm');
  expect(session.active).toMatchObject(at8);
  await expectRight(at8);
  session.activate(at4);
  await expectRight(at4);
  expect(gpu.ran.filter((bits) => bits === 4)).toHaveLength(1); // the trial
  expect(gpu.isDisposed).toBe(true);
});

test('each bit-width is tried once, cold and warm, on each backend', async () => {
  const gpu = new FaultyBackend('webgpu');
  const { session, opened } = openFaulty(gpu, { webgpu: [{}] });
  await session.switchTo(at8);
  await session.prepare({ ...at8, width: 0.5 });
  await session.prepare(at4);
  await session.prepare({ ...at4, width: 0.5 });
  expect(gpu.ran).toEqual([8, 8, 8, 8, 4, 4, 4, 4]);
  session.evict(at4);
  session.evictPack(4);
  await session.prepare(at4);
  expect(gpu.ran.slice(8), 'weights that were given back and loaded again').toEqual([4, 4, 4, 4]);
  expect(opened).toHaveLength(1);
});

test('a backend that errs only once it is warm is found out', async () => {
  const gpu = new FaultyBackend('webgpu', { isWrong: (_plan, run) => run === 3 });
  const { session, replaced } = openFaulty(gpu, { wasm: [{}] });
  await session.switchTo(at8);
  expect(replaced).toHaveBeenCalledTimes(1);
  expect(session.backend.name).toBe('wasm');
});

test('a backend that refuses the kernels of a bit-width is replaced', async () => {
  const gpu = new FaultyBackend('webgpu', {
    onCompile: ({ subnet }) => {
      if (subnet.bits === 4) throw new RtfqError('INTERNAL', 'the GPU refuses the kernel');
    },
  });
  const { session, replaced, expectRight } = openFaulty(gpu, { wasm: [{}] });
  await session.switchTo(at8);
  await session.switchTo(at4);
  const [{ reason }] = replaced.mock.calls[0]!;
  expect(reason.message).toMatch(/webgpu cannot run the model here.*refuses the kernel/);
  await expectRight(at4);
});

test('a device that is rebuilt is tried before it gets the frame, at all bit-widths in use', async () => {
  let isLost = false;
  const gpu = new FaultyBackend('webgpu', {
    onRun: () => {
      if (isLost) throw deviceLost;
    },
  });
  const { session, replaced, opened, expectRight } = openFaulty(gpu, {
    webgpu: [wrongAt(4), {}],
    wasm: [{}],
  });
  await session.prepare(at4);
  await session.switchTo(at8);
  isLost = true;
  await expectRight(at8);
  expect(replaced).toHaveBeenCalledExactlyOnceWith({
    from: 'webgpu',
    to: opened[2],
    reason: deviceLost,
    passedOver: [{ name: 'webgpu', reason: expect.stringContaining('computes wrongly') }],
  });
  expect(session.backend.name).toBe('wasm');
  session.activate(at4);
  await expectRight(at4);
});

test('one that is wrong in its turn is passed over', async () => {
  const gpu = new FaultyBackend('webgpu', wrongAt(4));
  const { session, replaced, opened, expectRight } = openFaulty(gpu, {
    wasm: [wrongAt(8)],
    reference: [{}],
  });
  await session.switchTo(at8);
  await session.switchTo(at4);
  expect(replaced).toHaveBeenCalledTimes(1);
  expect(replaced.mock.calls[0]![0]).toMatchObject({
    from: 'webgpu',
    to: opened[2],
    passedOver: [
      { name: 'wasm', reason: expect.stringContaining('computes wrongly') },
      { name: 'tfjs', reason: 'no tfjs here' },
    ],
  });
  expect(session.backend.name).toBe('reference');
  expect(opened.map(({ isDisposed }) => isDisposed)).toEqual([true, true, false]);
  await expectRight(at4);
});

test('where none is right at a bit-width, frames go on at the others, also on a rebuilt device', async () => {
  let isLost = false;
  const gpu = new FaultyBackend('webgpu', {
    ...wrongAt(4),
    onRun: () => {
      if (isLost) throw deviceLost;
    },
  });
  const { session, replaced, opened, expectRight } = openFaulty(gpu, {
    webgpu: [{}],
    wasm: [wrongAt(4), {}],
    reference: [wrongAt(4)],
  });
  await session.switchTo(at8);
  for (let attempt = 1; attempt <= 2; attempt++) {
    const preparing = session.prepare(at4);
    await expect(preparing).rejects.toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
      got: expect.stringMatching(/webgpu: .*wrongly.* \| wasm: .*wrongly.* \| tfjs: .* \| refer/),
    });
    expect(session.isPrepared(at4)).toBe(false);
  }
  expect(
    opened.map(({ name }) => name),
    'none is opened in vain again',
  ).toEqual(['webgpu', 'wasm', 'reference']);
  await expectRight(at8);
  expect(replaced).not.toHaveBeenCalled();
  isLost = true;
  await expectRight(at8);
  expect(session.backend).toBe(opened[3]);
  expect(session.backend.name).toBe('webgpu');
});

test('frames go on while backends are tried and replaced, and none is cut off', async () => {
  const gpu = new FaultyBackend('webgpu', wrongAt(4));
  const { session, replaced, expectRight } = openFaulty(gpu, { wasm: [{}] });
  await session.switchTo(at8);
  let pauses = 0;
  let isOver = false;
  const preparing = session
    .prepare(at4, {
      pause: async () => {
        pauses += 1;
        await expectRight(at8);
      },
    })
    .finally(() => {
      isOver = true;
    });
  let frames = 0;
  while (!isOver) {
    await expectRight(at8);
    frames += 1;
  }
  await preparing;
  expect(replaced).toHaveBeenCalledTimes(1);
  // Two of the trial that failed, five of each bit-width on the next backend, one before its program is moved.
  expect(pauses).toBe(2 + 2 * 5 + 1);
  expect(frames).toBeGreaterThan(pauses);
  expect(gpu.isDisposed).toBe(true);
});

test('what is prepared while a backend is replaced is there afterwards', async () => {
  const gpu = new FaultyBackend('webgpu', wrongAt(4));
  const { session, replaced } = openFaulty(gpu, { wasm: [{}] });
  await session.switchTo(at8);
  const other: Subnet = { ...at8, bits: 6 };
  let begun: Promise<void> | null = null;
  await session.prepare(at4, {
    pause: async () => {
      begun ??= session.prepare(other);
      await begun;
    },
  });
  expect(replaced).toHaveBeenCalledTimes(1);
  expect(session.backend.name).toBe('wasm');
  for (const subnet of [at8, at4, other]) {
    const oracle = new Session(model, openReferenceBackend());
    const expected = await oracle.runOnce(subnet, frame);
    expect((await session.runPrepared(subnet, frame)).logits).toEqual(expected.logits);
  }
});

test('a frame that loses its device while a backend is replaced is repeated on the new one', async () => {
  let isLost = false;
  const gpu = new FaultyBackend('webgpu', {
    ...wrongAt(4),
    onRun: () => {
      if (isLost) throw deviceLost;
    },
  });
  const { session, replaced, expectRight } = openFaulty(gpu, { wasm: [{}] });
  await session.switchTo(at8);
  let pauses = 0;
  let running: Promise<void> | null = null;
  await session.prepare(at4, {
    pause: async () => {
      pauses += 1;
      if (pauses < 4) return;
      isLost = true;
      running ??= expectRight(at8);
    },
  });
  await running;
  expect(replaced).toHaveBeenCalledTimes(1);
  expect(session.backend.name).toBe('wasm');
});

test('a session that is disposed of while it replaces its backend keeps none', async () => {
  const gpu = new FaultyBackend('webgpu', wrongAt(8));
  const { session, opened } = openFaulty(gpu, { wasm: [{}] });
  let pauses = 0;
  const preparing = session.prepare(at8, {
    pause: async () => {
      pauses += 1;
      if (pauses === 4) session.dispose();
    },
  });
  await expect(preparing).rejects.toMatchObject({ code: 'DISPOSED' });
  expect(opened.map(({ isDisposed }) => isDisposed)).toEqual([true, true]);
});

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Backend, Program } from '../../../src/backends/backend.ts';
import type { ReadFile } from '../../../src/model/reader.ts';
import { openModel } from '../../../src/model/reader.ts';
import type { Plan } from '../../../src/network/plan.ts';
import { formatSubnet, type Subnet } from '../../../src/network/subnet.ts';
import { Session } from '../../../src/runtime/session.ts';
import { SubnetChooser } from '../../../src/runtime/subnetChooser.ts';
import { barsFrame } from '../../support/testFrames.ts';
import { readFrom, tinyModelFiles } from '../../support/tinyModel.ts';

/** Milliseconds that a subnet takes on the fake device below. */
function costMs({ width, resolution, bits }: Subnet): number {
  return (width * resolution * bits) / 8;
}

let nowMs: number;
let runs: string[];
beforeEach(() => {
  nowMs = 0;
  runs = [];
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
});
afterEach(() => vi.restoreAllMocks());

class FakeBackend implements Backend {
  readonly name = 'reference';
  readonly description = '';
  readonly sizeBytes = 0;
  loadPack(): void {}
  unloadPack(): void {}
  dispose(): void {}
  compile(plan: Plan): Program {
    return {
      plan,
      run: () => {
        runs.push(formatSubnet(plan.subnet));
        nowMs += costMs(plan.subnet);
        return new Float32Array(10);
      },
      dispose: () => {},
    };
  }
}

async function openChooser(
  readFile?: (read: ReadFile) => ReadFile,
  pause: () => Promise<void> = async () => {},
): Promise<{ session: Session; chooser: SubnetChooser }> {
  const read = readFrom(await tinyModelFiles());
  const session = new Session(await openModel(readFile?.(read) ?? read), new FakeBackend());
  return { session, chooser: new SubnetChooser(session, pause) };
}

const largest = { width: 1, resolution: 32, bits: 8 };

test('starts with the most accurate subnet and measures nothing', async () => {
  const { session, chooser } = await openChooser();
  await chooser.change({});
  expect(session.active).toMatchObject(largest);
  expect(runs).toEqual([]);
});

test('takes the most accurate subnet that fits, as it measured it', async () => {
  const { session, chooser } = await openChooser();
  await chooser.change({ budget: { latencyMs: 24 } });
  expect(session.active).toMatchObject({ width: 1, resolution: 24, bits: 8 });
  const measured = chooser.subnets.filter(({ measuredMs }) => measuredMs !== null);
  for (const subnet of measured) expect(subnet.measuredMs).toBe(costMs(subnet));
});

test('measures each subnet once, however often the budget changes', async () => {
  const { chooser } = await openChooser();
  await chooser.change({ budget: { latencyMs: 1 } });
  const runsOfFirst = runs.length;
  await chooser.change({ budget: { latencyMs: 12 } });
  await chooser.change({ budget: { fps: 1000 } });
  expect(runs).toHaveLength(runsOfFirst);
});

test('takes the fastest subnet when none fits', async () => {
  const { session, chooser } = await openChooser();
  await chooser.change({ budget: { latencyMs: 0.1 } });
  expect(session.active).toMatchObject({ width: 0.5, resolution: 24, bits: 4 });
});

test('the pin bounds what the budget may choose, and both stay until they are changed', async () => {
  const { session, chooser } = await openChooser();
  await chooser.change({ pin: { bits: 4 } });
  expect(session.active).toMatchObject({ ...largest, bits: 4 });
  await chooser.change({ budget: { latencyMs: 12 } });
  expect(session.active).toMatchObject({ width: 1, resolution: 24, bits: 4 });
  await chooser.change({ pin: 'auto' });
  expect(costMs(session.active!)).toBeLessThanOrEqual(12);
  await chooser.change({ budget: {} });
  expect(session.active).toMatchObject(largest);
});

test('lets frames through between the runs of a calibration, on the subnet as it was', async () => {
  const seen: Subnet[] = [];
  let session: Session | null = null;
  const opened = await openChooser(undefined, async () => {
    seen.push((await session!.run(barsFrame(1))).subnet);
  });
  session = opened.session;
  await opened.chooser.change({});
  await opened.chooser.change({ budget: { latencyMs: 0.1 } });
  expect(seen.length).toBeGreaterThan(12);
  for (const subnet of seen) expect(subnet).toMatchObject(largest);
});

test('changes take effect in the order of their calls', async () => {
  const { session, chooser } = await openChooser();
  const order: string[] = [];
  await Promise.all(
    ([{ bits: 4 }, { bits: 6 }, 'auto', { width: 0.5 }] as const).map((pin) =>
      chooser.change({ pin }).then((subnet) => order.push(formatSubnet(subnet))),
    ),
  );
  expect(order).toEqual(['1.0,32,4', '1.0,32,6', '1.0,32,8', '0.5,32,8']);
  expect(session.active).toMatchObject({ width: 0.5 });
});

test('a change that fails leaves everything as it was, and may be tried again', async () => {
  let isBroken = true;
  const { session, chooser } = await openChooser((read) => async (file, ...rest) => {
    if (file === 'weights-4.bin' && isBroken) throw new Error('offline');
    return read(file, ...rest);
  });
  await chooser.change({});
  await expect(chooser.change({ pin: { bits: 4 } })).rejects.toThrow('offline');
  expect(session.active).toMatchObject(largest);
  await chooser.change({ budget: {} });
  expect(session.active).toMatchObject(largest);
  isBroken = false;
  await chooser.change({ pin: { bits: 4 } });
  expect(session.active).toMatchObject({ bits: 4 });
});

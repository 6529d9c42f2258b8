import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openReferenceBackend } from '../../src/backends/reference/backend.ts';
import type { WebgpuBackend } from '../../src/backends/webgpu/backend.ts';
import { unknownSignals } from '../../src/budget/signals.ts';
import { fetchModelFrom } from '../../src/download/fetchModel.ts';
import { type Model, openModel } from '../../src/model/reader.ts';
import { formatSubnet, type Subnet } from '../../src/network/subnet.ts';
import type { BitWidth } from '../../src/quant/bits.ts';
import { openSession } from '../../src/runtime/openSession.ts';
import { Session } from '../../src/runtime/session.ts';
import { Host } from '../../src/worker/host.ts';
import type { FrameResult, HostEvent, Settled } from '../../src/worker/protocol.ts';
import { corruptUploads } from '../support/corruptUploads.ts';
import { randomFrame } from '../support/parity.ts';
import { recordAnswers } from '../support/recordedModel.ts';
import { openTinyModel } from '../support/tinyModel.ts';

afterEach(() => vi.restoreAllMocks());

const frame = randomFrame(64, 48, 1);
const shippedUrl = new URL('/models/office31-a2w-mobilenetv2/model.json', location.href).href;

describe('a GPU that damages weights', () => {
  const at = (bits: BitWidth): Subnet => ({ width: 1, resolution: 32, bits });
  let model: Model;
  const right = new Map<string, Float32Array>();
  beforeAll(async () => {
    model = await recordAnswers(await openTinyModel());
    const oracle = new Session(model, openReferenceBackend());
    for (const subnet of [at(8), at(6), at(4)]) {
      right.set(formatSubnet(subnet), (await oracle.runOnce(subnet, frame)).logits);
    }
  });

  async function expectRight(session: Session, subnet: Subnet): Promise<void> {
    session.activate(subnet);
    const { logits } = await session.run(frame);
    expect(logits).toEqual(right.get(formatSubnet(subnet)));
  }

  it('is refused while it opens where those of the first bit-width are damaged', async () => {
    corruptUploads(model.manifest, [4]);
    const { session, refused } = await openSession(model, 'auto');
    expect(session.backend.name).toBe('wasm');
    expect(refused).toEqual([
      { name: 'webgpu', reason: expect.stringContaining('computes wrongly') },
    ]);
    session.dispose();
  });

  it.each([8, 6] as const)(
    'gives way when those of %i bits, and no others, are damaged, before one can switch to them',
    async (damaged) => {
      corruptUploads(model.manifest, [damaged]);
      const replaced = vi.fn();
      const { session } = await openSession(model, 'webgpu', { onReplaced: replaced });
      await session.switchTo(at(4));
      await expectRight(session, at(4));
      expect(session.backend.name).toBe('webgpu');

      await session.prepare(at(damaged));
      expect(replaced).toHaveBeenCalledExactlyOnceWith({
        from: 'webgpu',
        to: expect.objectContaining({ name: 'wasm' }),
        reason: expect.objectContaining({ code: 'BACKEND_UNAVAILABLE' }),
        passedOver: [],
      });
      expect(session.backend.name).toBe('wasm');
      await expectRight(session, at(4));
      await expectRight(session, at(damaged));
      session.dispose();
    },
  );

  it('gives way when its device was lost, and the rebuilt one damages what was right before', async () => {
    const replaced = vi.fn();
    const { session } = await openSession(model, 'webgpu', { onReplaced: replaced });
    for (const bits of [4, 6, 8] as const) await session.switchTo(at(bits));
    await expectRight(session, at(8));
    corruptUploads(model.manifest, [6]);
    (session.backend as WebgpuBackend).gpu.device.destroy();
    await expectRight(session, at(8));
    expect(replaced).toHaveBeenCalledExactlyOnceWith({
      from: 'webgpu',
      to: expect.objectContaining({ name: 'wasm' }),
      reason: expect.objectContaining({ code: 'DEVICE_LOST' }),
      passedOver: [
        { name: 'webgpu', reason: expect.stringMatching(/webgpu computes wrongly.*,6;/) },
      ],
    });
    for (const bits of [4, 6] as const) await expectRight(session, at(bits));
    session.dispose();
  });
});

it('a worker tells of a GPU that damages richer weights, and classifies on with the right ones', async () => {
  const { manifest } = await openModel(fetchModelFrom(shippedUrl, null));
  corruptUploads(manifest, [8, 6]);
  const events: HostEvent[] = [];
  const host = new Host();
  const opened = await host.open(
    {
      modelUrl: shippedUrl,
      backend: 'webgpu',
      threads: 1,
      budget: {},
      signals: unknownSignals,
      integrity: null,
      cache: false,
    },
    (event) => events.push(event),
  );
  if (!opened.ok) throw new Error(opened.error.message);
  expect(opened.value.capabilities).toMatchObject({ backend: 'webgpu', refused: [] });
  expect(opened.value.active.bits).toBe(4);

  // Without a budget, the most accurate subnet is wanted: its weights load in the background.
  await vi.waitFor(
    () => {
      const replaced = events.find((event) => event.kind === 'backend');
      expect(replaced?.replaced).toMatchObject({
        from: 'webgpu',
        to: 'wasm',
        error: { code: 'BACKEND_UNAVAILABLE' },
      });
    },
    { timeout: 55_000, interval: 50 },
  );
  const smallest = { width: manifest.widths.at(-1)!, resolution: 128, bits: 8 } as const;
  await host.pin(smallest);
  const oracle = (await openSession(await openModel(fetchModelFrom(shippedUrl, null)), 'wasm'))
    .session;
  await oracle.switchTo(smallest);
  const { logits } = await oracle.run(frame);
  const best = logits.indexOf(Math.max(...logits));
  const seen = resultOf(await host.classify(frame, { topK: 1, intervalMs: 1000, smoothing: null }));
  expect(seen.subnet).toEqual(smallest);
  expect(seen.classes[0]!.label).toBe(manifest.classes[best]);
  oracle.dispose();
});

function resultOf(settled: Settled<FrameResult>): FrameResult {
  if (!settled.ok) throw new Error(settled.error.message);
  return settled.value;
}

import { afterEach, describe, expect, it, vi } from 'vitest';
import { openBackend } from '../../src/backends/open.ts';
import type { WebgpuBackend } from '../../src/backends/webgpu/backend.ts';
import type { Model } from '../../src/model/reader.ts';
import { formatSubnet } from '../../src/network/subnet.ts';
import { openSession } from '../../src/runtime/openSession.ts';
import { Session } from '../../src/runtime/session.ts';
import { randomFrame } from '../support/parity.ts';
import { seededRandom } from '../support/random.ts';
import { recordAnswers } from '../support/recordedModel.ts';
import { openTinyModel } from '../support/tinyModel.ts';

afterEach(() => vi.restoreAllMocks());

/** The right logits of each subnet for one frame, by its name. */
async function rightLogits(model: Model) {
  const frame = randomFrame(64, 48, 1);
  const oracle = new Session(model, await openBackend('reference'));
  const right = new Map<string, Float32Array>();
  for (const subnet of model.manifest.subnets) {
    right.set(formatSubnet(subnet), (await oracle.runOnce(subnet, frame)).logits);
  }
  return { frame, right };
}

describe('a session on webgpu', () => {
  it('runs 1000 frames with random switches without new pipelines, buffers or errors', async () => {
    const model = await openTinyModel();
    const { frame, right } = await rightLogits(model);
    const { session } = await openSession(model, 'webgpu');
    const { gpu } = session.backend as WebgpuBackend;
    const refused = vi.fn();
    gpu.device.addEventListener('uncapturederror', refused);
    const { subnets } = session;
    for (const subnet of subnets) await session.runOnce(subnet, frame);
    await session.switchTo(subnets[0]!);

    const made = vi.spyOn(gpu.device, 'createBuffer');
    const pipelines = gpu.pipelines.count;
    const random = seededRandom(5);
    for (let i = 0; i < 1000; i++) {
      const subnet = subnets[Math.floor(random() * subnets.length)]!;
      session.activate(subnet);
      const { logits } = await session.run(frame);
      expect(logits, `frame ${i}`).toEqual(right.get(formatSubnet(subnet)));
    }
    expect(made).not.toHaveBeenCalled();
    expect(gpu.pipelines.count).toBe(pipelines);
    expect(refused).not.toHaveBeenCalled();
    session.dispose();
  });

  it('survives a device that is destroyed 50 times in a stream of frames', async () => {
    const model = await recordAnswers(await openTinyModel());
    const { frame, right } = await rightLogits(model);
    const replaced = vi.fn();
    const { session } = await openSession(model, 'webgpu', { onReplaced: replaced });
    // Of one bit-width, since every new device compiles the kernels anew.
    const subnets = session.subnets.filter(({ bits }) => bits === 8);
    for (const subnet of subnets) await session.prepare(subnet);
    await session.switchTo(subnets[0]!);
    const random = seededRandom(6);
    let lost = 0;
    for (let i = 0; lost < 50; i++) {
      const subnet = subnets[i % subnets.length]!;
      session.activate(subnet);
      const { device } = (session.backend as WebgpuBackend).gpu;
      const running = session.run(frame);
      if (random() < 0.5) {
        lost += 1;
        setTimeout(() => device.destroy(), 3 * random());
      }
      const { logits } = await running;
      expect(logits, `frame ${i}`).toEqual(right.get(formatSubnet(subnet)));
    }
    await session.run(frame);
    // Two destroyed before the first of them is met count once.
    expect(replaced.mock.calls.length).toBeGreaterThan(25);
    for (const [{ from, reason }] of replaced.mock.calls) {
      expect(from).toBe('webgpu');
      expect(reason.code).toBe('DEVICE_LOST');
    }
    session.dispose();
  }, 1_800_000);

  it('goes on on wasm where no device can be had any more', async () => {
    const model = await openTinyModel();
    const { frame, right } = await rightLogits(model);
    const replaced = vi.fn();
    const { session } = await openSession(model, 'webgpu', { onReplaced: replaced });
    const subnet = session.subnets[0]!;
    await session.switchTo(subnet);
    vi.spyOn(navigator.gpu, 'requestAdapter').mockResolvedValue(null);
    (session.backend as WebgpuBackend).gpu.device.destroy();
    const { logits } = await session.run(frame);
    expect(logits).toEqual(right.get(formatSubnet(subnet)));
    expect(session.backend.name).toBe('wasm');
    expect(replaced).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ from: 'webgpu' }));
    session.dispose();
  });

  it('does not outlive its disposal', async () => {
    const { session } = await openSession(await openTinyModel(), 'webgpu');
    await session.switchTo(session.subnets[0]!);
    const { device } = (session.backend as WebgpuBackend).gpu;
    device.destroy();
    const running = session.run(randomFrame(8, 8, 1));
    session.dispose();
    await expect(running).rejects.toMatchObject({ code: 'DISPOSED' });
  });
});

describe('choosing a backend', () => {
  it('refuses one that computes wrongly, with the reason', async () => {
    const model = await openTinyModel();
    const wrong = await recordAnswers(model, (logit) => logit * 1.5 + 1);
    for (const name of ['webgpu', 'wasm', 'tfjs'] as const) {
      await expect(openSession(wrong, name)).rejects.toMatchObject({
        code: 'BACKEND_UNAVAILABLE',
        message: expect.stringContaining('computes wrongly'),
      });
    }
    const good = await recordAnswers(model);
    for (const name of ['webgpu', 'wasm', 'tfjs', 'reference'] as const) {
      const { session } = await openSession(good, name);
      expect(session.backend.name).toBe(name);
      session.dispose();
    }
  });

  it('takes, by itself, the one that is measured to be faster, and tells of the other', async () => {
    const { session, refused } = await openSession(await openTinyModel(), 'auto');
    const names = [session.backend.name, ...refused.map(({ name }) => name)];
    expect(names.sort()).toEqual(['wasm', 'webgpu']);
    expect(refused[0]!.reason).toMatch(/slower here/);
    session.dispose();
  });
});

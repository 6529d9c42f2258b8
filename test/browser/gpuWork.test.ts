import { expect, test } from 'vitest';
import { countGpuWork } from '../../bench/runtimes/gpuWork.ts';
import { openSession } from '../../src/runtime/openSession.ts';
import { randomFrame } from '../support/parity.ts';
import { openTinyModel } from '../support/tinyModel.ts';

test("the benchmark counts a frame's dispatches, and its bytes to and from the GPU", async () => {
  const model = await openTinyModel();
  const { session } = await openSession(model, 'webgpu');
  await session.switchTo(model.manifest.subnets[0]!);
  const frame = randomFrame(64, 48, 1);
  await session.run(frame);
  const { dispatches, uploadedBytes, readBytes } = await countGpuWork(() => session.run(frame));
  // Each layer is one at least, and the resize is two.
  expect(dispatches).toBeGreaterThanOrEqual(model.manifest.layers.length + 2);
  // The rows of the frame that the crop needs.
  expect(uploadedBytes).toBeGreaterThan(0);
  expect(uploadedBytes).toBeLessThanOrEqual(4 * 64 * 48);
  expect(uploadedBytes % (4 * 64)).toBe(0);
  // Logits, in words of four.
  expect(readBytes).toBe(4 * 4 * Math.ceil(model.manifest.classes.length / 4));
  session.dispose();
});

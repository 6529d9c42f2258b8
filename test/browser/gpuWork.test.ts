import { expect, test } from 'vitest';
import { GpuWorkCounter } from '../../bench/runtimes/gpuWork.ts';
import { tensorBytes } from '../../src/backends/webgpu/storage.ts';
import { packedBytes, weightLayout } from '../../src/model/layout.ts';
import { buildPlan, type Plan } from '../../src/network/plan.ts';
import { openSession } from '../../src/runtime/openSession.ts';
import { randomFrame } from '../support/parity.ts';
import { openTinyModel } from '../support/tinyModel.ts';

/** What the plan's steps read and write: tensors, weights, and three numbers for each output channel. */
function stepBytes(plan: Plan): number {
  return plan.steps.reduce((sum, step) => {
    const isLayer = step.kind === 'layer';
    const tensors = [
      step.input,
      step.integerOutput,
      ...(isLayer ? [step.residual, step.floatOutput] : []),
    ];
    const tensorsBytes = tensors.map((id) => (id === null ? 0 : tensorBytes(plan, id)));
    const weightsBytes =
      isLayer && step.weightBits !== null
        ? packedBytes(weightLayout(step.layer), step.weightBits)
        : 0;
    const channelsBytes = isLayer ? 3 * 4 * step.table.multiplier.length : 0;
    return tensorsBytes.reduce((a, b) => a + b, sum + weightsBytes + channelsBytes);
  }, 0);
}

test("the benchmark counts a frame's dispatches, what they move, and bytes to and from the GPU", async () => {
  const counter = new GpuWorkCounter();
  const model = await openTinyModel();
  const { session } = await openSession(model, 'webgpu');
  const [subnet] = model.manifest.subnets;
  await session.switchTo(subnet!);
  const frame = randomFrame(64, 48, 1);
  await session.run(frame);
  const work = await counter.count(() => session.run(frame));
  const { dispatches, movedBytes, uploadedBytes, readBytes } = work;
  const plan = buildPlan(model.manifest, subnet!, await model.readTable(subnet!));
  expect(dispatches).toBe(plan.steps.length + 2); // the resize is two
  // The rows of the frame that the crop needs.
  expect(uploadedBytes).toBeGreaterThan(0);
  expect(uploadedBytes).toBeLessThanOrEqual(4 * 64 * 48);
  expect(uploadedBytes % (4 * 64)).toBe(0);
  // Logits, in words of four.
  expect(readBytes).toBe(4 * 4 * Math.ceil(model.manifest.classes.length / 4));
  // The resize reads the rows, and writes and reads them at the image's width.
  const side = subnet!.resolution;
  const rows = uploadedBytes / (4 * 64);
  const resizeBytes = uploadedBytes + 2 * 4 * rows * side + 4 * side * side;
  // Besides, a dispatch has its arguments bound, filters' taps, and weights from a multiple of 256 bytes on.
  const least = stepBytes(plan) + resizeBytes;
  expect(movedBytes).toBeGreaterThan(least);
  expect(movedBytes).toBeLessThan(least + 768 * dispatches);
  session.dispose();
});

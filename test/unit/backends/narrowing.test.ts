import { describe, expect, it } from 'vitest';
import { narrowing } from '../../../src/backends/wasm/narrowing.ts';
import { buildPlan, type LayerStep, type Plan } from '../../../src/network/plan.ts';
import { layerCases } from '../../support/layerCases.ts';
import { openRandomModel } from '../../support/randomModel.ts';

/** A layer of one channel whose sums are at most 1000, read by an unsigned 8-bit quantizer of step 0.5. */
function layerStep(changes: Partial<LayerStep> = {}): { plan: Plan; step: LayerStep } {
  const plan = {
    tensors: [{ values: { kind: 'integer', range: { min: 0, max: 255 } } }],
  } as unknown as Plan;
  const step = {
    integerOutput: 0,
    floatOutput: null,
    residual: null,
    clampMin: 0,
    clampMax: Number.POSITIVE_INFINITY,
    inverseStep: 2,
    largestSum: 1000,
    table: { multiplier: Float32Array.of(0.25), bias: Float32Array.of(-3) },
    ...changes,
  } as LayerStep;
  return { plan, step };
}

function narrowed(changes?: Partial<LayerStep>) {
  const { plan, step } = layerStep(changes);
  return narrowing(plan, step);
}

describe('narrowing by saturation', () => {
  it('takes the quantizer for the upper bound', () => {
    expect(narrowed()).toEqual({ narrowsBySaturation: 1, storedMax: 0xffffffff });
  });

  it("takes the activation's bound where that is lower, rounded as the integers are", () => {
    expect(narrowed({ clampMax: 6 })?.storedMax).toBe(0x0c0c0c0c);
    // 6.25 * 2 = 12.5, a tie: to even.
    expect(narrowed({ clampMax: 6.25 })?.storedMax).toBe(0x0c0c0c0c);
  });

  it('is not enough where floats are written, or a residual is added', () => {
    expect(narrowed({ floatOutput: 0 })).toBeNull();
    expect(narrowed({ residual: 0 })).toBeNull();
    expect(narrowed({ integerOutput: null })).toBeNull();
  });

  it('is not enough where the activation cuts off more than the quantizer does', () => {
    expect(narrowed({ clampMin: 1 })).toBeNull();
  });

  it('is not enough for numbers too large to be rounded by an addition', () => {
    // 1000 * 1048 * 2 is still below 2^21, with the bias it is not.
    const multiplier = Float32Array.of(1048);
    expect(narrowed({ table: { multiplier, bias: Float32Array.of(0) } as never })).not.toBeNull();
    expect(narrowed({ table: { multiplier, bias: Float32Array.of(-600) } as never })).toBeNull();
    expect(
      narrowed({ table: { multiplier: Float32Array.of(NaN), bias: Float32Array.of(0) } as never }),
    ).toBeNull();
  });

  it('is taken and refused by the layers that compare the backend with the reference', async () => {
    const found = { taken: 0, refused: 0 };
    for (const { model: options } of layerCases(40, 1000)) {
      const model = await openRandomModel(options);
      const [entry] = model.manifest.subnets;
      const plan = buildPlan(model.manifest, entry!, await model.readTable(entry!));
      for (const step of plan.steps) {
        if (step.kind !== 'layer' || step.layer.name !== 'tested') continue;
        found[narrowing(plan, step) === null ? 'refused' : 'taken']++;
      }
    }
    expect(found.taken).toBeGreaterThan(5);
    expect(found.refused).toBeGreaterThan(5);
  });
});

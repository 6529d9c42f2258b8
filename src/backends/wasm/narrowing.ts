import type { LayerArgValues } from '../../kernels/layerArgs.ts';
import { integerRange, type LayerStep, type Plan } from '../../network/plan.ts';
import { roundTiesToEven } from '../../quant/round.ts';

// Up to 2^22 a sum with `roundingShift` is exact; half of it leaves room for the rounding of y itself.
const largestRounded = 2 ** 21;

/**
 * How a layer's integers are clamped where saturating them to a byte and one minimum do it (see
 * `narrowsBySaturation`); null where the layer writes floats too, adds a residual, has a lower bound other than
 * the quantizer's, or may reach numbers that only a clamp before rounding keeps exact.
 */
export function narrowing(
  plan: Plan,
  step: LayerStep,
): Pick<LayerArgValues, 'narrowsBySaturation' | 'storedMax'> | null {
  const { integerOutput, inverseStep, clampMin, clampMax, table } = step;
  if (integerOutput === null || step.floatOutput !== null || step.residual !== null) return null;
  const { min, max } = integerRange(plan, integerOutput);
  if (clampMin * inverseStep > min) return null;
  const isBounded = table.multiplier.every((multiplier, channel) => {
    const largest = Math.abs(multiplier) * step.largestSum + Math.abs(table.bias[channel]!);
    return largest * inverseStep < largestRounded;
  });
  if (!isBounded) return null;
  // Rounding keeps the order, so that the minimum may be taken after it.
  const largest = roundTiesToEven(Math.min(max, Math.fround(clampMax * inverseStep))) - min;
  return { narrowsBySaturation: 1, storedMax: largest * 0x01010101 };
}

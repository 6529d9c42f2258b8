import type { LayerTable } from '../../model/table.ts';
import { imageName } from '../../model/validate.ts';
import { outputSize, pooledTerms, type Size } from '../../network/geometry.ts';
import type { Subnet } from '../../network/subnet.ts';
import { inverseDeviation, type SubnetStatistics } from './batchNorm.ts';
import type { ParameterValues } from './parameters.ts';
import { type SupernetLayer, type SupernetShape, supernetLayers } from './shape.ts';

/**
 * A subnet's tables: steps and batch norm, with its measured statistics, folded into one multiplier and
 * one bias per output channel (model/SPEC.md, "What the numbers compute").
 */
export function exportTables(
  shape: SupernetShape,
  values: ParameterValues,
  statistics: SubnetStatistics,
  { width, resolution, bits }: Subnet,
): readonly LayerTable[] {
  const sizes = new Map<string, Size>([[imageName, { height: resolution, width: resolution }]]);
  return supernetLayers(shape, width, bits).map((own): LayerTable => {
    const { layer, input, weight, outChannels } = own;
    const inputSize = sizes.get(layer.input)!;
    sizes.set(layer.name, outputSize(layer, inputSize));
    const inputStep = input === null ? 1 : values.get(input.step)![0]!;
    if (weight === null) {
      return {
        inputStep,
        multiplier: new Float32Array(outChannels).fill(inputStep / pooledTerms(layer, inputSize)),
        bias: new Float32Array(outChannels),
      };
    }
    const weightSteps = values.get(weight.step)!.subarray(0, outChannels);
    const { scale, shift } = scaleAndShift(own, values, statistics);
    return {
      inputStep,
      multiplier: Float32Array.from(weightSteps, (step, c) => scale[c]! * step * inputStep),
      bias: shift,
    };
  });
}

/** y = scale * sum + shift, the sum being that of real weights times real inputs. */
function scaleAndShift(
  { layer, batchNorm, bias, outChannels }: SupernetLayer,
  values: ParameterValues,
  statistics: SubnetStatistics,
): { readonly scale: Float64Array; readonly shift: Float32Array } {
  if (batchNorm === null) {
    return {
      scale: new Float64Array(outChannels).fill(1),
      shift: bias === null ? new Float32Array(outChannels) : values.get(bias)!.slice(),
    };
  }
  const own = statistics.get(layer.name)!;
  const gamma = values.get(batchNorm.gamma)!;
  const beta = values.get(batchNorm.beta)!;
  const inverse = inverseDeviation(own);
  const scale = Float64Array.from(gamma, (value, c) => value * inverse[c]!);
  return { scale, shift: beta.map((value, c) => value - own.mean[c]! * scale[c]!) };
}

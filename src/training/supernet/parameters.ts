import { type SupernetShape, supernetLayers } from './shape.ts';
import { weightTensorShape } from './weightOrder.ts';

/** What an optimiser has to know of a parameter: weights decay, steps have an optimiser of their own. */
export type ParameterKind = 'weight' | 'bias' | 'batchNorm' | 'step';

export interface ParameterSpec {
  readonly name: string;
  readonly kind: ParameterKind;
  /** Name of the layer that it belongs to. */
  readonly layer: string;
  readonly shape: readonly number[];
}

/** The values of all parameters by name, row-major. */
export type ParameterValues = ReadonlyMap<string, Float32Array>;

/**
 * Every parameter of a supernet, once, in a fixed order: latent weights at full width; a step per output
 * channel and weight bit-width; a step per layer input and bit-width; gamma and beta per width and
 * bit-width; the classifier's bias.
 */
export function parameterSpecs(shape: SupernetShape): readonly ParameterSpec[] {
  const specs = new Map<string, ParameterSpec>();
  const add = (name: string, kind: ParameterKind, layer: string, size: readonly number[]) => {
    specs.set(name, { name, kind, layer, shape: size });
  };
  for (const width of shape.widths) {
    for (const bits of shape.bits) {
      for (const own of supernetLayers(shape, width, bits)) {
        const { layer, outChannels, weight, input, batchNorm, bias } = own;
        if (weight !== null) {
          add(weight.name, 'weight', layer.name, weightTensorShape(layer, layer));
          add(weight.step, 'step', layer.name, [layer.outChannels]);
        }
        if (input !== null) add(input.step, 'step', layer.name, []);
        if (batchNorm !== null) {
          add(batchNorm.gamma, 'batchNorm', layer.name, [outChannels]);
          add(batchNorm.beta, 'batchNorm', layer.name, [outChannels]);
        }
        if (bias !== null) add(bias, 'bias', layer.name, [layer.outChannels]);
      }
    }
  }
  return [...specs.values()];
}

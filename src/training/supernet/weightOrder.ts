import type { TopologyLayer } from '../../network/topology.ts';
import type { Channels } from '../layerTensors.ts';

/**
 * The shape in which a supernet keeps a layer's weights: output channels last, so that steps per output
 * channel broadcast over them. HWIO; [height, width, channel] for depthwise.
 */
export function weightTensorShape(
  { op, kernel }: Pick<TopologyLayer, 'op' | 'kernel'>,
  { inChannels, outChannels }: Channels,
): readonly number[] {
  return op === 'depthwise' ? [...kernel, outChannels] : [...kernel, inChannels, outChannels];
}

/** [out][rest] to [rest][out]: from a checkpoint's order to the supernet's. */
export function outChannelsLast(weightsOhwi: Float32Array, outChannels: number): Float32Array {
  return transposed(weightsOhwi, outChannels, new Float32Array(weightsOhwi.length));
}

/** [rest][out] to [out][rest], the inverse. */
export function outChannelsFirst<Values extends Float32Array | Int8Array>(
  weights: Values,
  outChannels: number,
): Values {
  const to = new (weights.constructor as new (length: number) => Values)(weights.length);
  return transposed(weights, weights.length / outChannels, to);
}

function transposed<Values extends Float32Array | Int8Array>(
  from: Values,
  rows: number,
  to: Values,
): Values {
  const columns = from.length / rows;
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) to[column * rows + row] = from[at]!;
  }
  return to;
}

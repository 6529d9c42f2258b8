import { isPooling } from '../model/manifest.ts';
import { imageName } from '../model/validate.ts';
import type { TopologyLayer } from '../network/topology.ts';
import { type FloatLayer, type FloatNetwork, weightsPerOutput } from './floatNetwork.ts';

/**
 * Sorts the channels that widths slice by importance, most important first, so that each width keeps the
 * best ones. The network computes what it did before. A channel's importance is the sum of the magnitudes
 * of the weights that read it (the columns of a block's projection): crude, and measured to keep 58.2 % top-1
 * at width 0.9 of MobileNetV2's hidden channels, where the channels as they come keep 48.8 % (float, untrained,
 * Office-31 webcam at 160 px; full width 65.3 %).
 */
export function sortChannels(network: FloatNetwork): FloatNetwork {
  const spaces = channelSpaces(network.layers.map(({ layer }) => layer));
  const orders = new Map<string, readonly number[]>();
  for (const { layer } of network.layers) {
    const space = spaces.get(layer.name)!;
    if (!layer.slicesOut || orders.has(space)) continue;
    const importance = channelImportance(network.layers, spaces, space, layer.outChannels);
    orders.set(space, fallingOrder(importance));
  }
  const orderOf = (name: string) => orders.get(spaces.get(name)!) ?? null;
  return {
    ...network,
    layers: network.layers.map((one) =>
      permute(one, orderOf(one.layer.name), orderOf(one.layer.input)),
    ),
  };
}

/**
 * By layer name: which channel space its outputs are in. Layers that keep channels apart share their
 * input's space, and what is added has the space of what it is added to.
 */
function channelSpaces(layers: readonly TopologyLayer[]): ReadonlyMap<string, string> {
  const parents = new Map<string, string>([[imageName, imageName]]);
  const rootOf = (name: string): string => {
    const parent = parents.get(name)!;
    return parent === name ? name : rootOf(parent);
  };
  for (const layer of layers) {
    const { name, input, residual } = layer;
    const keepsChannels = layer.op === 'depthwise' || isPooling(layer);
    parents.set(name, keepsChannels ? rootOf(input) : name);
    if (residual !== undefined) parents.set(rootOf(residual), rootOf(name));
  }
  return new Map([...parents.keys()].map((name) => [name, rootOf(name)]));
}

function channelImportance(
  layers: readonly FloatLayer[],
  spaces: ReadonlyMap<string, string>,
  space: string,
  channels: number,
): Float64Array {
  const importance = new Float64Array(channels);
  for (const { layer, weightsOhwi } of layers) {
    const isDense = layer.op === 'conv' || layer.op === 'fullyConnected';
    if (!isDense || spaces.get(layer.input) !== space) continue;
    weightsOhwi.forEach((weight, i) => {
      importance[i % channels]! += Math.abs(weight);
    });
  }
  return importance;
}

/** Of equal ones the earlier first, so that the order is the same everywhere. */
function fallingOrder(importance: Float64Array): readonly number[] {
  return [...importance.keys()].sort((a, b) => importance[b]! - importance[a]! || a - b);
}

/** @param outOrder, inOrder at place i the channel that comes to lie there; null: as they are */
function permute(
  { layer, weightsOhwi, bias }: FloatLayer,
  outOrder: readonly number[] | null,
  inOrder: readonly number[] | null,
): FloatLayer {
  if (isPooling(layer)) return { layer, weightsOhwi, bias };
  const perOutput = weightsPerOutput(layer);
  const depth = layer.op === 'depthwise' ? 1 : layer.inChannels;
  const permuted = new Float32Array(weightsOhwi.length);
  for (let out = 0, at = 0; out < layer.outChannels; out++) {
    const fromRow = (outOrder?.[out] ?? out) * perOutput;
    for (let i = 0; i < perOutput; i++, at++) {
      const channel = i % depth;
      const from = depth === 1 ? i : i - channel + (inOrder?.[channel] ?? channel);
      permuted[at] = weightsOhwi[fromRow + from]!;
    }
  }
  return {
    layer,
    weightsOhwi: permuted,
    bias: bias.map((_, out) => bias[outOrder?.[out] ?? out]!),
  };
}

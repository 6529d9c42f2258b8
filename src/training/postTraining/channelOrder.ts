import type { FloatLayer, FloatNetwork } from '../floatNetwork.ts';

/**
 * The same network with the channels that a width slices sorted by importance, so that a prefix keeps the
 * most important ones. A channel's importance is the L1 norm of the weights that read it last (the
 * projection's column). On MobileNetV2 at width 0.75, without training, 36 % of an accuracy of 65 % remain
 * with this order against 23 % with the checkpoint's (docs/method.md).
 */
export function sortSlicedChannels(network: FloatNetwork): FloatNetwork {
  const layers = [...network.layers];
  for (const [index, { layer }] of network.layers.entries()) {
    if (!layer.slicesOut || layer.slicesIn) continue;
    const readers = slicedReaders(network.layers, index);
    const order = mostImportantFirst(layers[readers.at(-1)!]!);
    layers[index] = permuteOutputs(layers[index]!, order);
    for (const reader of readers) {
      layers[reader] =
        layers[reader]!.layer.op === 'depthwise'
          ? permuteOutputs(layers[reader]!, order)
          : permuteInputs(layers[reader]!, order);
    }
  }
  return { ...network, layers };
}

/** Indices of the layers through which a layer's sliced channels go, the one that ends them last. */
function slicedReaders(layers: readonly FloatLayer[], begin: number): readonly number[] {
  const readers: number[] = [];
  let name = layers[begin]!.layer.name;
  for (let sliced = true; sliced; ) {
    const reader = layers.findIndex(({ layer }) => layer.input === name && layer.slicesIn);
    readers.push(reader);
    ({ name, slicesOut: sliced } = layers[reader]!.layer);
  }
  return readers;
}

function mostImportantFirst({ layer, weightsOhwi }: FloatLayer): readonly number[] {
  const importance = new Float64Array(layer.inChannels);
  weightsOhwi.forEach((weight, i) => {
    importance[i % layer.inChannels]! += Math.abs(weight);
  });
  return Array.from(importance.keys()).sort((a, b) => importance[b]! - importance[a]! || a - b);
}

function permuteOutputs(floatLayer: FloatLayer, order: readonly number[]): FloatLayer {
  const { weightsOhwi, bias } = floatLayer;
  const perOutput = weightsOhwi.length / order.length;
  return {
    ...floatLayer,
    weightsOhwi: weightsOhwi.map(
      (_, i) => weightsOhwi[order[Math.floor(i / perOutput)]! * perOutput + (i % perOutput)]!,
    ),
    bias: bias.map((_, channel) => bias[order[channel]!]!),
  };
}

function permuteInputs(floatLayer: FloatLayer, order: readonly number[]): FloatLayer {
  const { weightsOhwi } = floatLayer;
  const depth = order.length;
  return {
    ...floatLayer,
    weightsOhwi: weightsOhwi.map((_, i) => weightsOhwi[i - (i % depth) + order[i % depth]!]!),
  };
}

import { isPooling } from '../model/manifest.ts';
import { type CheckpointMetadata, classNamesKey } from './checkpointConventions.ts';
import { type FloatLayer, type FloatNetwork, weightShape } from './floatNetwork.ts';
import { type FloatTensor, writeSafetensors } from './safetensors.ts';

/**
 * A network as a .safetensors file with torchvision's key names, batch norm folded, class names in the
 * metadata. `readFloatNetwork` gives the same network back.
 * @param metadata of the checkpoint that the network came from; it says how to normalise and pad
 */
export function encodeCheckpoint(
  network: FloatNetwork,
  classNames: readonly string[],
  metadata: CheckpointMetadata,
): Uint8Array<ArrayBuffer> {
  const tensors = new Map<string, FloatTensor>();
  for (const floatLayer of network.layers) {
    const { layer, bias } = floatLayer;
    if (isPooling(layer)) continue;
    tensors.set(`${layer.name}.weight`, {
      shape: weightShape(layer),
      values: ohwiToOihw(floatLayer),
    });
    tensors.set(`${layer.name}.bias`, { shape: [layer.outChannels], values: bias });
  }
  return writeSafetensors(tensors, {
    ...metadata,
    batch_norm: 'folded into weight and bias',
    [classNamesKey]: JSON.stringify(classNames),
  });
}

/** The network with another last layer: [classes][features] weights and one bias per class. */
export function replaceClassifier(
  { topology, layers, normalisation }: FloatNetwork,
  weights: Float32Array,
  bias: Float32Array,
): FloatNetwork {
  const { layer } = layers.at(-1)!;
  const classifier: FloatLayer = {
    layer: { ...layer, outChannels: bias.length },
    weightsOhwi: weights,
    bias,
  };
  const replaced = [...layers.slice(0, -1), classifier];
  return {
    topology: { name: topology.name, layers: replaced.map((one) => one.layer) },
    layers: replaced,
    normalisation,
  };
}

function ohwiToOihw({ layer, weightsOhwi }: FloatLayer): Float32Array {
  const depth = layer.op === 'depthwise' ? 1 : layer.inChannels;
  const taps = layer.kernel[0] * layer.kernel[1];
  const weightsOihw = new Float32Array(weightsOhwi.length);
  for (let out = 0, at = 0; out < layer.outChannels; out++) {
    for (let tap = 0; tap < taps; tap++) {
      for (let input = 0; input < depth; input++, at++) {
        weightsOihw[(out * depth + input) * taps + tap] = weightsOhwi[at]!;
      }
    }
  }
  return weightsOihw;
}

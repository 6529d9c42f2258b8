import { isPooling } from '../../src/model/manifest.ts';
import type { Topology } from '../../src/network/topology.ts';
import { torchvisionNormalisation } from '../../src/training/checkpointConventions.ts';
import { type FloatNetwork, weightsPerOutput } from '../../src/training/floatNetwork.ts';
import { type Random, seededRandom } from './random.ts';
import { tinyTopology } from './tinyTopology.ts';

/** A float network of random weights whose activations neither vanish nor explode. */
export function tinyFloatNetwork(seed: number, classes = 5): FloatNetwork {
  return randomFloatNetwork(tinyTopology(classes), seed);
}

export function randomFloatNetwork(topology: Topology, seed: number): FloatNetwork {
  const random = seededRandom(seed);
  const symmetric = (limit: number) => (2 * random() - 1) * limit;
  const layers = topology.layers.map((layer) => {
    if (isPooling(layer)) {
      return { layer, weightsOhwi: new Float32Array(0), bias: new Float32Array(0) };
    }
    const perOutput = weightsPerOutput(layer);
    const limit = Math.sqrt(6 / perOutput);
    return {
      layer,
      weightsOhwi: Float32Array.from({ length: layer.outChannels * perOutput }, () =>
        symmetric(limit),
      ),
      bias: Float32Array.from({ length: layer.outChannels }, () => symmetric(0.5)),
    };
  });
  return { topology, layers, normalisation: torchvisionNormalisation };
}

/** Pictures of random patches: smooth enough to have structure, different enough to be told apart. */
export function randomPictures(count: number, side: number, seed: number): Uint8Array[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => randomPicture(side, random));
}

function randomPicture(side: number, random: Random): Uint8Array {
  const picture = new Uint8Array(side * side * 3);
  const patch = 4;
  const patches = Math.ceil(side / patch);
  const colours = Uint8Array.from({ length: patches * patches * 3 }, () => 256 * random());
  for (let y = 0, at = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const cell = Math.floor(y / patch) * patches + Math.floor(x / patch);
      for (let channel = 0; channel < 3; channel++, at++) {
        picture[at] = Math.min(255, colours[3 * cell + channel]! * (0.7 + 0.3 * random()));
      }
    }
  }
  return picture;
}

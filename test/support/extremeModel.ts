import type { Model } from '../../src/model/reader.ts';
import type { Topology } from '../../src/network/topology.ts';
import { plainLayer } from './layerCases.ts';
import { openRandomModel } from './randomModel.ts';

const inputs = 2064;

/**
 * A model whose classifier, for a black picture, adds up 2064 products of the largest input, 255, with the most
 * negative weight, -128: a sum of 67 million, four times what f32 holds exactly.
 */
export async function openExtremeModel(): Promise<Model> {
  const topology: Topology = {
    name: 'extreme',
    layers: [
      {
        ...plainLayer,
        name: 'stem',
        input: 'image',
        activation: 'relu6',
        inChannels: 3,
        outChannels: inputs,
      },
      {
        ...plainLayer,
        name: 'pool',
        op: 'averagePool',
        activation: 'none',
        input: 'stem',
        inChannels: inputs,
        outChannels: inputs,
      },
      {
        ...plainLayer,
        name: 'classifier',
        op: 'fullyConnected',
        activation: 'none',
        input: 'pool',
        inChannels: inputs,
        outChannels: 3,
      },
    ],
  };
  const model = await openRandomModel({
    topology,
    classes: ['ant', 'bee', 'cat'],
    widths: [1],
    resolutions: [8],
    bits: [8],
    seed: 3,
  });
  return {
    ...model,
    readPack: async (id) => {
      const { bytes } = await model.readPack(id);
      return { id, bytes: bytes.map(() => 0x80) };
    },
  };
}

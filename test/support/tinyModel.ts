import type { Accuracy } from '../../src/model/manifest.ts';
import { type Model, openModel } from '../../src/model/reader.ts';
import type { ModelFiles } from '../../src/model/writer.ts';
import type { Subnet } from '../../src/network/subnet.ts';
import { randomModelFiles, readFrom } from './randomModel.ts';
import { tinyTopology } from './tinyTopology.ts';

const classes = ['ant', 'bee', 'cat', 'dog', 'elk', 'fox', 'gnu', 'hen', 'ibis', 'jay'] as const;

export { readFrom } from './randomModel.ts';

export interface TinyModelOptions {
  readonly seed?: number;
  /** Whether the manifest records accuracies; invented ones, higher for larger subnets. */
  readonly accuracies?: boolean;
}

/** A model of random weights, 12 subnets and a few kilobytes, that has one of everything. */
export async function tinyModelFiles(options: TinyModelOptions = {}): Promise<ModelFiles> {
  const { seed = 1, accuracies = true } = options;
  return randomModelFiles({
    topology: tinyTopology(classes.length),
    classes,
    widths: [1, 0.5],
    resolutions: [32, 24],
    bits: [8, 6, 4],
    seed,
    ...(accuracies ? { accuracy: inventedAccuracy } : {}),
  });
}

export async function openTinyModel(options: TinyModelOptions = {}): Promise<Model> {
  return openModel(readFrom(await tinyModelFiles(options)));
}

function inventedAccuracy({ width, resolution, bits }: Subnet): Accuracy {
  const top1 = 0.5 + 0.2 * width + 0.005 * (resolution - 24) + 0.02 * (bits - 4);
  return { top1: Number(top1.toFixed(3)), top5: 0.95, images: 100, dataset: 'invented' };
}

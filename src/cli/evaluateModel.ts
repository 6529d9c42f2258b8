import { throwIfAborted } from '../errors.ts';
import type { Subnet } from '../network/subnet.ts';
import type { Session } from '../runtime/session.ts';
import { topClasses } from '../runtime/topClasses.ts';
import { type Dataset, matchClasses } from '../training/node/dataset.ts';
import { decodeImage } from '../training/node/images.ts';

/** What was measured of one subnet; accuracies are fractions. */
export interface SubnetEvaluation extends Subnet {
  readonly top1: number;
  readonly top5: number;
  readonly images: number;
  /** Crop, resize and network. */
  readonly medianMs: number;
}

export interface EvaluateOptions {
  readonly session: Session;
  readonly subnets: readonly Subnet[];
  readonly dataset: Dataset;
  /** At most so many pictures, evenly spaced over the data set. */
  readonly limit?: number | undefined;
  readonly onPicture?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Classifies each picture with each subnet: pictures are decoded once, since that takes longest. */
export async function evaluateModel(
  options: EvaluateOptions,
): Promise<readonly SubnetEvaluation[]> {
  const { session, subnets, dataset, limit, onPicture, signal } = options;
  const { classes } = session.model.manifest;
  const modelClass = matchClasses(dataset, classes);
  const images = evenlySpaced(dataset.images, limit ?? dataset.images.length);
  const tallies = subnets.map(() => ({ top1: 0, top5: 0, timesMs: [] as number[] }));
  for (const [done, { path, classIndex }] of images.entries()) {
    const frame = await decodeImage(path);
    throwIfAborted(signal);
    for (const [i, subnet] of subnets.entries()) {
      const { logits, inferenceMs } = await session.runOnce(subnet, frame);
      const best = topClasses(logits, classes, 5).map(({ index }) => index);
      const expected = modelClass[classIndex]!;
      const tally = tallies[i]!;
      if (best[0] === expected) tally.top1++;
      if (best.includes(expected)) tally.top5++;
      tally.timesMs.push(inferenceMs);
    }
    onPicture?.(done + 1, images.length);
  }
  return subnets.map(({ width, resolution, bits }, i) => {
    const { top1, top5, timesMs } = tallies[i]!;
    const count = images.length;
    return {
      width,
      resolution,
      bits,
      top1: top1 / count,
      top5: top5 / count,
      images: count,
      medianMs: timesMs.sort((a, b) => a - b)[count >> 1]!,
    };
  });
}

export function evenlySpaced<T>(values: readonly T[], count: number): readonly T[] {
  if (count >= values.length) return values;
  return Array.from({ length: count }, (_, i) => values[Math.floor((i * values.length) / count)]!);
}

import { throwIfAborted } from '../errors.ts';
import type { RgbaFrame } from '../kernels/resize/contract.ts';
import { cropAndResize } from '../kernels/resize/reference.ts';
import { findSubnet, type Subnet } from '../network/subnet.ts';
import type { Session } from '../runtime/session.ts';
import { type Dataset, type LabelledImage, matchClasses } from '../training/node/dataset.ts';
import { decodeImage } from '../training/node/images.ts';
import { mapInFlight } from '../training/node/inFlight.ts';
import { chunksOf, pause } from '../training/postTraining/calibration.ts';
import type { SubnetEvaluation } from '../training/report/evaluation.ts';
import { SubnetTally } from './subnetTally.ts';

/** What another implementation of a subnet makes of pictures of its resolution. @returns logits, an array a picture */
export type PredictLogits = (
  subnet: Subnet,
  pictures: readonly Uint8Array[],
  signal: AbortSignal | undefined,
) => Promise<readonly Float32Array[]>;

export interface EvaluateProgress {
  readonly pictures: number;
  /** A picture counts when all subnets have seen it, and in parts before. */
  readonly picturesDone: number;
  readonly leftMs: number;
}

export interface EvaluateOptions {
  readonly session: Session;
  readonly subnets: readonly Subnet[];
  readonly dataset: Dataset;
  /** At most so many pictures, evenly spaced over the data set. */
  readonly limit?: number | undefined;
  /** To count the labels that differ, picture by picture. */
  readonly compareWith?: PredictLogits | undefined;
  readonly onProgress?: ((progress: EvaluateProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Pictures that one subnet sees before the next one does: enough for its weights to stay in the cache, few
 * enough to hold them decoded.
 */
const picturesPerTurn = 32;

/** Two keep the decoder's threads busy; more hold more memory. */
const picturesInFlight = 4;

/**
 * Classifies each picture with each subnet. Pictures are decoded once, the next ones while subnets compute.
 * @throws RtfqError `DATASET_FORMAT` | `IMAGE_DECODE_FAILED` | `UNKNOWN_SUBNET` | `ABORTED`
 */
export async function evaluateModel(
  options: EvaluateOptions,
): Promise<readonly SubnetEvaluation[]> {
  const { session, dataset, limit, compareWith, onProgress, signal } = options;
  const { classes, input } = session.model.manifest;
  const modelClass = matchClasses(dataset, classes);
  const images = evenlySpaced(dataset.images, limit ?? dataset.images.length);
  const subnets = options.subnets.map((subnet) => findSubnet(session.subnets, subnet));
  const tallies = subnets.map((subnet) => new SubnetTally(subnet, classes));
  const startMs = performance.now();
  const turns = subnets.length * images.length;
  let done = 0;
  let coming: Promise<readonly RgbaFrame[]> | null = null;
  const chunks = chunksOf(images, picturesPerTurn);
  for (const [at, chunk] of chunks.entries()) {
    const frames = await (coming ?? decodeAll(chunk));
    const next = chunks[at + 1];
    coming = next === undefined ? null : decodeAll(next);
    const labels = chunk.map(({ classIndex }) => modelClass[classIndex]!);
    const squares = new Squares(frames, input.cropFraction);
    for (const [i, subnet] of subnets.entries()) {
      await pause(signal);
      const results = [];
      for (const frame of frames) results.push(await session.runOnce(subnet, frame));
      tallies[i]!.add(labels, results);
      if (compareWith !== undefined) {
        const others = await compareWith(subnet, squares.of(subnet.resolution), signal);
        tallies[i]!.compare(results, others);
      }
      done += frames.length;
      onProgress?.({
        pictures: images.length,
        picturesDone: Math.floor(done / subnets.length),
        leftMs: ((performance.now() - startMs) * (turns - done)) / done,
      });
    }
  }
  throwIfAborted(signal);
  return tallies.map((tally) => tally.evaluation());
}

export function evenlySpaced<T>(values: readonly T[], count: number): readonly T[] {
  if (count >= values.length) return values;
  return Array.from({ length: count }, (_, i) => values[Math.floor((i * values.length) / count)]!);
}

/** A failure is thrown to whoever awaits the pictures, if anybody still does. */
function decodeAll(images: readonly LabelledImage[]): Promise<readonly RgbaFrame[]> {
  const frames = mapInFlight(images, picturesInFlight, ({ path }) => decodeImage(path));
  frames.catch(() => undefined);
  return frames;
}

/** Frames as subnets of one resolution or another see them. */
class Squares {
  readonly #frames: readonly RgbaFrame[];
  readonly #cropFraction: number;
  readonly #bySide = new Map<number, readonly Uint8Array[]>();

  constructor(frames: readonly RgbaFrame[], cropFraction: number) {
    this.#frames = frames;
    this.#cropFraction = cropFraction;
  }

  of(side: number): readonly Uint8Array[] {
    const known = this.#bySide.get(side);
    if (known !== undefined) return known;
    const made = this.#frames.map((frame) => cropAndResize(frame, this.#cropFraction, side));
    this.#bySide.set(side, made);
    return made;
  }
}

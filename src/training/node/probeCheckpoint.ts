import { writeFile } from 'node:fs/promises';
import { RtfqError } from '../../errors.ts';
import { encodeCheckpoint } from '../checkpoint.ts';
import { readFloatNetwork } from '../floatNetwork.ts';
import { readClassNamesFile, readDataset } from './dataset.ts';
import { labelledPictures, unlabelledPictures } from './folderData.ts';
import { FrameCache } from './frameCache.ts';
import { probeClassifier } from './probeClassifier.ts';
import { readSafetensorsFile } from './safetensorsFile.ts';
import { openTfjsInNode } from './tfjsBackend.ts';

export interface ProbeCheckpointOptions {
  /** Paths. */
  readonly weights: string;
  readonly data: string;
  readonly target?: string | undefined;
  readonly classes?: string | undefined;
  readonly out: string;
  readonly topology: string;
  readonly resolutions: readonly number[];
  readonly cropFraction: number;
  readonly l2: number;
  readonly steps: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number, activity: string) => void) | undefined;
}

export interface ProbeSummary {
  readonly classes: number;
  readonly images: number;
  /** Fraction of the training pictures, mirrored ones and all resolutions included, that are fitted. */
  readonly accuracy: number;
}

// Each picture is looked at once.
const noCacheBytes = 0;

/** Reads a checkpoint, trains a new classifier on its features, writes the checkpoint that has it. */
export async function probeCheckpoint(options: ProbeCheckpointOptions): Promise<ProbeSummary> {
  const checkpoint = await readSafetensorsFile(options.weights);
  const dataset = await readDataset(options.data);
  const classNames = await namesOf(dataset.classes, options.classes);
  const cache = new FrameCache(noCacheBytes);
  const { target } = options;
  const network = readFloatNetwork(options.topology, checkpoint);
  await openTfjsInNode();
  const probed = await probeClassifier({
    ...options,
    network,
    classCount: classNames.length,
    source: labelledPictures(dataset.images, cache),
    target: target === undefined ? null : await unlabelledPictures(target, cache),
  });
  const { classes: _replaced, ...metadata } = checkpoint.metadata;
  await writeFile(options.out, encodeCheckpoint(probed.network, classNames, metadata));
  return {
    classes: classNames.length,
    images: dataset.images.length,
    accuracy: probed.accuracy,
  };
}

async function namesOf(
  folders: readonly string[],
  file: string | undefined,
): Promise<readonly string[]> {
  if (file === undefined) return folders;
  const names = await readClassNamesFile(file);
  if (names.length === folders.length) return names;
  throw new RtfqError('DATASET_FORMAT', `${file} does not fit the data set`, {
    got: `${names.length} names`,
    expected: `${folders.length}, one per class folder`,
  });
}

import { writeFile } from 'node:fs/promises';
import { RtfqError, throwIfAborted } from '../../errors.ts';
import { encodeCheckpoint, replaceClassifier } from '../checkpoint.ts';
import { extractFeatures } from '../extractFeatures.ts';
import { readFloatNetwork } from '../floatNetwork.ts';
import { FloatProgram } from '../floatProgram.ts';
import { type Features, trainProbe } from '../linearProbe.ts';
import { listImages, readClassNamesFile, readDataset } from './dataset.ts';
import { loadSquares } from './images.ts';
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

/** Reads a checkpoint, trains a new classifier on its features, writes the checkpoint that has it. */
export async function probeCheckpoint(options: ProbeCheckpointOptions): Promise<ProbeSummary> {
  const checkpoint = await readSafetensorsFile(options.weights);
  const network = readFloatNetwork(options.topology, checkpoint);
  const dataset = await readDataset(options.data);
  const classNames = await namesOf(dataset.classes, options.classes);
  const targetPaths = options.target === undefined ? [] : await listImages(options.target);
  const total = dataset.images.length + targetPaths.length + options.steps;
  let done = 0;
  const advance = (activity: string) => options.onProgress?.(++done, total, activity);

  await openTfjsInNode();
  const program = new FloatProgram(network);
  const featuresOf = async (paths: readonly string[]): Promise<Features> => {
    const rows: Float32Array[] = [];
    for (const path of paths) {
      const squares = await loadSquares(path, options.cropFraction, options.resolutions);
      throwIfAborted(options.signal);
      squares.forEach((square, i) => {
        rows.push(...extractFeatures(program, square, options.resolutions[i]!));
      });
      advance('extracting features');
    }
    return joinRows(rows);
  };
  const features = await featuresOf(dataset.images.map(({ path }) => path));
  const targetFeatures = targetPaths.length === 0 ? null : await featuresOf(targetPaths);
  program.dispose();

  const rowsPerImage = 2 * options.resolutions.length;
  const labels = dataset.images.flatMap(({ classIndex }) =>
    Array.from({ length: rowsPerImage }, () => classIndex),
  );
  const { classifier, accuracy } = await trainProbe(
    features,
    labels,
    classNames.length,
    targetFeatures,
    {
      l2: options.l2,
      steps: options.steps,
      signal: options.signal,
      onStep: () => advance('training the classifier'),
    },
  );
  const probed = replaceClassifier(network, classifier.weights, classifier.bias);
  const { classes: _replaced, ...metadata } = checkpoint.metadata;
  await writeFile(options.out, encodeCheckpoint(probed, classNames, metadata));
  return { classes: classNames.length, images: dataset.images.length, accuracy };
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

function joinRows(rows: readonly Float32Array[]): Features {
  const dimension = rows[0]!.length;
  const values = new Float32Array(rows.length * dimension);
  rows.forEach((row, i) => {
    values.set(row, i * dimension);
  });
  return { dimension, values };
}

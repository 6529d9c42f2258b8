import { basename } from 'node:path';
import { RtfqError, throwIfAborted } from '../../errors.ts';
import { type ModelFiles, writeModel } from '../../model/writer.ts';
import type { BitWidth } from '../../quant/bits.ts';
import { type CheckpointMetadata, readClassNames } from '../checkpointConventions.ts';
import { readFloatNetwork } from '../floatNetwork.ts';
import type { CalibrationImages } from '../postTraining/calibration.ts';
import { type QuantizeProgress, quantizeNetwork } from '../postTraining/quantizeNetwork.ts';
import { seededRandom, shuffled } from '../random.ts';
import { listImages, readClassNamesFile } from './dataset.ts';
import { loadSquares } from './images.ts';
import { readSources } from './modelSources.ts';
import { readSafetensorsFile } from './safetensorsFile.ts';
import { openTfjsInNode } from './tfjsBackend.ts';

export interface QuantizeCheckpointOptions {
  /** Paths. */
  readonly weights: string;
  readonly calibrate: string;
  readonly classes?: string | undefined;
  readonly sources?: string | undefined;
  readonly topology: string;
  readonly bits: readonly BitWidth[];
  readonly widths: readonly number[];
  readonly resolutions: readonly number[];
  /** How many calibration pictures to draw. */
  readonly images: number;
  readonly seed: number;
  readonly cropFraction: number;
  readonly name: string;
  /** How the model was made, for its provenance. */
  readonly command: string;
  readonly onProgress?: ((progress: QuantizeProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a checkpoint and calibration pictures and makes a model of them.
 * @throws RtfqError `WEIGHTS_FORMAT` | `DATASET_FORMAT` | `IMAGE_DECODE_FAILED` | `INVALID_ARGUMENT` | `ABORTED`
 */
export async function quantizeCheckpoint(options: QuantizeCheckpointOptions): Promise<ModelFiles> {
  const checkpoint = await readSafetensorsFile(options.weights);
  const network = readFloatNetwork(options.topology, checkpoint);
  const classes =
    options.classes === undefined
      ? namesIn(checkpoint.metadata)
      : await readClassNamesFile(options.classes);
  const sources = await readSources(options.sources, {
    weights: options.weights,
    metadata: checkpoint.metadata,
    pictures: [{ name: basename(options.calibrate), role: 'calibration' }],
  });
  const images = await calibrationImages(options);
  await openTfjsInNode();
  const contents = await quantizeNetwork({
    ...options,
    network,
    images,
    description: {
      name: options.name,
      classes,
      cropFraction: options.cropFraction,
      provenance: { generator: 'rtfq quantize', command: options.command, sources },
    },
  });
  return writeModel(contents);
}

async function calibrationImages(options: QuantizeCheckpointOptions): Promise<CalibrationImages> {
  const paths = shuffled(await listImages(options.calibrate), seededRandom(options.seed));
  const images = new Map(options.resolutions.map((side) => [side, [] as Uint8Array[]]));
  for (const path of paths.slice(0, options.images)) {
    const squares = await loadSquares(path, options.cropFraction, options.resolutions);
    throwIfAborted(options.signal);
    options.resolutions.forEach((side, i) => {
      images.get(side)!.push(squares[i]!);
    });
  }
  return images;
}

function namesIn(metadata: CheckpointMetadata): readonly string[] {
  const names = readClassNames(metadata);
  if (names !== null) return names;
  throw new RtfqError('INVALID_ARGUMENT', 'the checkpoint has no class names', {
    hint: 'give them with --classes FILE, one a line',
  });
}

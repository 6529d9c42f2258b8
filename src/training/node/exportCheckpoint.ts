import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { RtfqError } from '../../errors.ts';
import { type ModelFiles, writeModel } from '../../model/writer.ts';
import { formatSubnet, type Subnet } from '../../network/subnet.ts';
import { installTrainingKernels } from '../kernels/install.ts';
import { predictLogits } from '../supernet/predict.ts';
import { exportRun } from '../trainer/exportRun.ts';
import { disposeRun } from '../trainer/run.ts';
import { decodeRun } from '../trainer/runState.ts';
import { unlabelledPictures } from './folderData.ts';
import { FrameCache } from './frameCache.ts';
import { checkpointFile } from './runFolder.ts';
import { openTfjsInNode } from './tfjsBackend.ts';

export interface ExportCheckpointOptions {
  /** A run's folder, or its checkpoint. */
  readonly run: string;
  /** Folder of the pictures that subnets are calibrated on; where they lie in it is not looked at. */
  readonly target: string;
  readonly onSubnet?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A model made of a training checkpoint, and the fake-quantized supernet that it was made of. */
export interface ExportedCheckpoint {
  readonly files: ModelFiles;
  /** Steps that the run had taken. */
  readonly step: number;
  /** See `predictLogits`. */
  readonly predict: (
    subnet: Subnet,
    pictures: readonly Uint8Array[],
    signal: AbortSignal | undefined,
  ) => Promise<readonly Float32Array[]>;
  dispose(): void;
}

// Each picture is looked at once.
const noCacheBytes = 0;

/**
 * Makes a model of a training run as far as it has come: the one that training would end with there.
 * @throws RtfqError `INVALID_ARGUMENT` where there is no run | `WEIGHTS_FORMAT` | `DATASET_FORMAT` |
 *   `IMAGE_DECODE_FAILED` | `ABORTED`
 */
export async function exportCheckpoint({
  run: path,
  target,
  onSubnet,
  signal,
}: ExportCheckpointOptions): Promise<ExportedCheckpoint> {
  const file = await findCheckpoint(path);
  const bytes = await readFile(file);
  await openTfjsInNode();
  // Calibration has to give the bits that it gives at the end of training.
  installTrainingKernels();
  const run = decodeRun(bytes);
  try {
    const pictures = await unlabelledPictures(target, new FrameCache(noCacheBytes));
    const name = basename(dirname(resolve(file)));
    // Nobody keeps this model, so nobody reads what it was made of.
    const provenance = { generator: 'rtfq eval', command: 'rtfq eval', sources: [] };
    const { contents, statistics } = await exportRun(
      run,
      { target: pictures },
      {
        description: { name, provenance },
        onSubnet,
        signal,
      },
    );
    return {
      files: await writeModel(contents),
      step: run.step,
      predict: (subnet, images, stop) =>
        predictLogits(run.trainee.supernet, subnet, images, {
          statistics: statistics.get(formatSubnet(subnet))!,
          batch: run.recipe.calibration.batch,
          signal: stop,
        }),
      dispose: () => disposeRun(run),
    };
  } catch (thrown) {
    disposeRun(run);
    throw thrown;
  }
}

/** The checkpoint of a run that is given as its folder or as the file itself. */
async function findCheckpoint(path: string): Promise<string> {
  const isFolder = (await stat(path).catch(() => null))?.isDirectory() ?? false;
  const file = isFolder ? join(path, checkpointFile) : path;
  if ((await stat(file).catch(() => null))?.isFile()) return file;
  throw new RtfqError('INVALID_ARGUMENT', `there is no training run at ${path}`, {
    expected: `a folder with a ${checkpointFile}, or such a file`,
  });
}

import type { ModelContents } from '../../model/writer.ts';
import { allSubnets } from '../sandwich/sampling.ts';
import { calibrateSubnets, type StatisticsBySubnet } from '../supernet/calibrate.ts';
import { exportModel } from '../supernet/exportModel.ts';
import type { TrainingData } from './data.ts';
import { loadPictures, type Run } from './run.ts';

/** For `exportRun`. */
export interface ExportRunOptions {
  readonly description: Pick<ModelContents, 'name' | 'provenance'>;
  /** Called after each subnet's calibration. */
  readonly onSubnet?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A model's contents, for `writeModel`. */
export interface ExportedRun {
  readonly contents: ModelContents;
  /** What the tables were made of, to compare the model with the fake-quantized supernet. */
  readonly statistics: StatisticsBySubnet;
}

/**
 * Calibrates every subnet of a run on unlabelled target pictures and makes a model of it.
 * @throws RtfqError `ABORTED`
 */
export async function exportRun(
  run: Run,
  { target }: Pick<TrainingData, 'target'>,
  { description, onSubnet, signal }: ExportRunOptions,
): Promise<ExportedRun> {
  const { recipe, classes, trainee } = run;
  const { calibration, resolutions, cropFraction } = recipe;
  const { supernet } = trainee;
  const images = await loadPictures(recipe, 'calibration', target, calibration.images, resolutions);
  const statistics = await calibrateSubnets(supernet, {
    subnets: allSubnets(recipe),
    images,
    batch: calibration.batch,
    onSubnet,
    signal,
  });
  const contents = exportModel({
    shape: supernet.shape,
    values: await supernet.values(),
    resolutions,
    statistics,
    description: { ...description, classes, cropFraction },
  });
  return { contents, statistics };
}

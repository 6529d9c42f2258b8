import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openBackend } from '../../src/backends/open.ts';
import { evaluateModel } from '../../src/cli/evaluateModel.ts';
import { openModel } from '../../src/model/reader.ts';
import { writeModel } from '../../src/model/writer.ts';
import { Session } from '../../src/runtime/session.ts';
import { randomFloatNetwork } from '../../src/training/floatNetwork.ts';
import { installTrainingKernels } from '../../src/training/kernels/install.ts';
import { type Dataset, readDataset } from '../../src/training/node/dataset.ts';
import { openFolderData } from '../../src/training/node/folderData.ts';
import { writeSyntheticDataset } from '../../src/training/node/synthetic/writeSyntheticDataset.ts';
import { openTfjsInNode } from '../../src/training/node/tfjsBackend.ts';
import { completeRecipe, parseRecipe, type Recipe } from '../../src/training/recipe/recipe.ts';
import { randomStream } from '../../src/training/sandwich/randomStream.ts';
import type { Pictures } from '../../src/training/trainer/data.ts';
import { exportRun } from '../../src/training/trainer/exportRun.ts';
import { beginRun, disposeRun, type Run } from '../../src/training/trainer/run.ts';
import { decodeRun, encodeRun } from '../../src/training/trainer/runState.ts';
import { train } from '../../src/training/trainer/train.ts';
import { readFrom } from './randomModel.ts';

const recipes = new URL('../../src/training/recipe/', import.meta.url);

/** A recipe of the quick-start, as its file has it. */
export async function readQuickStart(name: 'quickStart' | 'quickStartSourceOnly'): Promise<Recipe> {
  return parseRecipe(await readFile(new URL(`${name}.json`, recipes), 'utf8'));
}

const picturesPerClass = 40;
const sidePx = 48;
const steps = 120;
const fromStep = 60;

/** The quick-start in fewer steps, with its largest subnet alone. */
function shortened(recipe: Recipe, seed: number): Recipe {
  const [width, resolution, bits] = [recipe.widths[0]!, recipe.resolutions[0]!, recipe.bits[0]!];
  return completeRecipe({
    ...recipe,
    seed,
    steps,
    widths: [width],
    resolutions: [resolution],
    bits: [bits],
    sampling: { rule: 'single', subnet: { width, resolution, bits } },
    losses: { ...recipe.losses, adaptation: { fromStep, rampSteps: 20 } },
  });
}

/** Top-1 on the drawn webcam pictures, by the integer runtime. */
export interface ShortQuickStart {
  readonly adapted: number;
  /** Trained without target losses; batch norm knows the target. */
  readonly calibrated: number;
  /** The same weights, with statistics of source pictures. */
  readonly sourceOnly: number;
}

/**
 * Draws pictures, trains with and without target losses, and evaluates. Until adaptation begins the two
 * trainings are the same one, so that part is computed once.
 * @param dir an empty folder, which stays behind
 */
export async function runShortQuickStart(dir: string, seed: number): Promise<ShortQuickStart> {
  await openTfjsInNode();
  installTrainingKernels();
  const { domainDirs } = await writeSyntheticDataset({
    outDir: join(dir, 'data'),
    picturesPerClass,
    sidePx,
    seed,
  });
  const source = await readDataset(domainDirs.catalogue);
  const labelledTarget = await readDataset(domainDirs.webcam);
  const data = await openFolderData({ source, target: domainDirs.webcam });
  const adapting = shortened(await readQuickStart('quickStart'), seed);
  const sourceOnly = shortened(await readQuickStart('quickStartSourceOnly'), seed);
  const random = randomStream(seed, 'weights', 0);
  const network = randomFloatNetwork('mobilenetv2-micro', source.classes.length, random);

  const common = await beginRun(sourceOnly, network, data);
  const controller = new AbortController();
  const branching = train(common, data, {
    signal: controller.signal,
    onProgress: ({ step }) => {
      if (step === fromStep) controller.abort();
    },
  });
  await branching.catch((thrown) => {
    if (!controller.signal.aborted) throw thrown;
  });
  const branch = await encodeRun(common);
  disposeRun(common);

  const finish = async (recipe: Recipe, statisticsOf: readonly Pictures[]) => {
    const run = { ...decodeRun(branch), recipe };
    await train(run, data);
    const accuracies: number[] = [];
    for (const pictures of statisticsOf) {
      accuracies.push(await accuracyOf(run, pictures, labelledTarget));
    }
    disposeRun(run);
    return accuracies;
  };
  const [adapted] = await finish(adapting, [data.target]);
  const [calibrated, unseen] = await finish(sourceOnly, [data.target, data.source]);
  return { adapted: adapted!, calibrated: calibrated!, sourceOnly: unseen! };
}

async function accuracyOf(run: Run, target: Pictures, dataset: Dataset): Promise<number> {
  const provenance = { generator: 'a test', command: '', sources: [] };
  const { contents } = await exportRun(
    run,
    { target },
    { description: { name: 'short', provenance } },
  );
  const model = await openModel(readFrom(await writeModel(contents)));
  const session = new Session(model, await openBackend('wasm'));
  const [measured] = await evaluateModel({ session, subnets: model.manifest.subnets, dataset });
  session.dispose();
  return measured!.top1;
}

import { RtfqError } from '../../errors.ts';
import { replaceClassifier } from '../checkpoint.ts';
import { readClassNames } from '../checkpointConventions.ts';
import { type FloatNetwork, randomFloatNetwork, readFloatNetwork } from '../floatNetwork.ts';
import { completeRecipe, type Recipe } from '../recipe/recipe.ts';
import type { Safetensors } from '../safetensors.ts';
import { randomStream } from '../sandwich/randomStream.ts';
import type { TrainingData } from '../trainer/data.ts';
import { beginRun, disposeRun, type Run } from '../trainer/run.ts';
import { decodeRun, encodeRun } from '../trainer/runState.ts';
import { type Dataset, hasSameClasses } from './dataset.ts';
import { openFolderData } from './folderData.ts';
import type { RunFolder } from './runFolder.ts';

/** What a sitting of a training run starts with. */
export interface SittingOptions {
  /** null: random weights, as the recipe's seed has it. */
  readonly checkpoint: Safetensors | null;
  readonly topology: string;
  readonly source: Dataset;
  /** Path. */
  readonly target: string;
  readonly folder: RunFolder;
  /** null: the defaults, or the resumed run's own. */
  readonly recipe: Recipe | null;
  /** In place of the recipe's. */
  readonly steps?: number | undefined;
  /** In place of the recipe's. */
  readonly seed?: number | undefined;
  readonly onProgress?:
    | ((progress: {
        readonly done: number;
        readonly total: number;
        readonly activity: string;
      }) => void)
    | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A run and the data that it goes on with. */
export interface Sitting {
  readonly run: Run;
  readonly data: TrainingData;
}

/** Begins a run and saves it, so that a run that dies early can be resumed as well. */
export async function beginSitting(options: SittingOptions): Promise<Sitting> {
  const { checkpoint, source, target, topology, folder, onProgress, signal } = options;
  const given = options.recipe ?? completeRecipe({});
  const recipe = completeRecipe({
    ...given,
    steps: options.steps ?? given.steps,
    seed: options.seed ?? given.seed,
  });
  const { network, classes } =
    checkpoint === null
      ? randomNetwork(topology, source, recipe)
      : fittingNetwork(topology, source, checkpoint);
  const data = await openFolderData({ source, target, classes });
  onProgress?.({ done: 0, total: recipe.steps, activity: 'making the supernet' });
  const run = await beginRun(recipe, network, data, {
    onProgress: (done, total, activity) => onProgress?.({ done, total, activity }),
    signal,
  });
  await folder.save(await encodeRun(run));
  return { run, data };
}

/** Goes on with a saved run. */
export async function resumeSitting(options: SittingOptions, saved: Uint8Array): Promise<Sitting> {
  const { source, target, steps, seed } = options;
  const run = decodeRun(saved);
  try {
    const given = options.recipe ?? run.recipe;
    checkRecipe({ ...given, seed: seed ?? given.seed }, run.recipe);
    checkClasses(source, run.classes);
    const recipe = completeRecipe({ ...run.recipe, steps: steps ?? given.steps });
    if (recipe.steps < run.step) {
      throw new RtfqError('INVALID_ARGUMENT', 'the run has more steps behind it', {
        got: `${recipe.steps} steps in all`,
        expected: `at least ${run.step}`,
      });
    }
    const data = await openFolderData({ source, target, classes: run.classes });
    return { run: { ...run, recipe }, data };
  } catch (thrown) {
    disposeRun(run);
    throw thrown;
  }
}

interface InitialNetwork {
  readonly network: FloatNetwork;
  readonly classes: readonly string[];
}

function randomNetwork(topology: string, { classes }: Dataset, { seed }: Recipe): InitialNetwork {
  const random = randomStream(seed, 'weights', 0);
  return { network: randomFloatNetwork(topology, classes.length, random), classes };
}

/** A checkpoint's network, with its own classifier if that is for the data's classes. */
function fittingNetwork(
  topology: string,
  source: Dataset,
  checkpoint: Safetensors,
): InitialNetwork {
  const network = readFloatNetwork(topology, checkpoint);
  const names = readClassNames(checkpoint.metadata);
  if (names !== null && hasSameClasses(source, names)) return { network, classes: names };
  return { network: withClasses(network, source.classes), classes: source.classes };
}

/** A classifier of zeros, for the head start or for training to fit. */
function withClasses(network: FloatNetwork, { length }: readonly string[]): FloatNetwork {
  const { inChannels } = network.layers.at(-1)!.layer;
  return replaceClassifier(
    network,
    new Float32Array(length * inChannels),
    new Float32Array(length),
  );
}

/** The steps alone may differ. */
function checkRecipe(given: Recipe, own: Recipe): void {
  for (const [field, value] of Object.entries(given)) {
    const [got, expected] = [value, own[field as keyof Recipe]].map((one) => JSON.stringify(one));
    if (field === 'steps' || got === expected) continue;
    throw new RtfqError('INVALID_ARGUMENT', `the recipe is not the run's: ${field}`, {
      got,
      expected,
      hint: 'leave --recipe and --seed out, or begin a run in another folder',
    });
  }
}

function checkClasses(source: Dataset, classes: readonly string[]): void {
  if (hasSameClasses(source, classes)) return;
  throw new RtfqError('DATASET_FORMAT', `${source.name} has other classes than the run`, {
    got: source.classes.join(', '),
    expected: classes.join(', '),
  });
}

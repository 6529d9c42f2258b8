import { RtfqError } from '../../errors.ts';
import type { FloatNetwork } from '../floatNetwork.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { Optimiser } from '../sandwich/optimiser.ts';
import { allSubnets } from '../sandwich/sampling.ts';
import type { Trainee } from '../sandwich/step.ts';
import { Teacher } from '../sandwich/teacher.ts';
import { initialiseSupernet } from '../supernet/initialise.ts';
import type { SupernetShape } from '../supernet/shape.ts';
import { Supernet } from '../supernet/supernet.ts';
import { sampleRequests } from './batchRequests.ts';
import type { Pictures, TrainingData } from './data.ts';
import { type HeadStartOptions, withFittedHead } from './headStart.ts';

/** A training run: what is trained, by which recipe, and how far it has come. */
export interface Run {
  readonly recipe: Recipe;
  readonly classes: readonly string[];
  readonly trainee: Trainee;
  /** Steps that are done. With the recipe's seed this is all the state that randomness has. */
  step: number;
}

/**
 * Begins a run with a float network's weights, and with a classifier that is fitted to the data unless
 * the recipe keeps the network's own. Needs a tfjs backend to be set.
 * @throws RtfqError `INVALID_ARGUMENT` where network and data have different classes, or data are
 *   missing | `ABORTED`
 */
export async function beginRun(
  recipe: Recipe,
  network: FloatNetwork,
  data: TrainingData,
  options: HeadStartOptions = {},
): Promise<Run> {
  const { signal } = options;
  checkData(network, data);
  const side = recipe.resolutions[0]!;
  const initialPictures = Math.ceil(recipe.calibration.images / 2);
  const [source, target] = await Promise.all([
    loadPictures(recipe, 'initial source', data.source, initialPictures, [side]),
    loadPictures(recipe, 'initial target', data.target, initialPictures, [side]),
  ]);
  const pictures = [...source.get(side)!, ...target.get(side)!];
  const initial = await initialiseSupernet(network, recipe, { pictures, side }, signal);
  const values =
    recipe.head.steps === 0
      ? initial.values
      : await withFittedHead(initial, teacherSubnet(recipe), recipe, data, options);
  const trainee = newTrainee(recipe, initial.shape, values);
  return { recipe, classes: data.classes, trainee, step: 0 };
}

/** @param teacherValues the teacher's averages; the supernet's values where absent */
export function newTrainee(
  recipe: Recipe,
  shape: SupernetShape,
  values: ReadonlyMap<string, Float32Array>,
  teacherValues?: ReadonlyMap<string, Float32Array>,
): Trainee {
  const supernet = new Supernet(shape, values);
  return {
    supernet,
    optimiser: new Optimiser(recipe.optimiser, shape.topology.layers.at(-1)!.name),
    teacher: new Teacher(supernet, teacherSubnet(recipe), teacherValues),
  };
}

/** Gives the tensors of a run back. */
export function disposeRun({ trainee }: Run): void {
  trainee.supernet.dispose();
  trainee.teacher.dispose();
}

/** The subnet that the recipe trains as the largest. */
export function teacherSubnet(recipe: Recipe): Teacher['subnet'] {
  return recipe.sampling.rule === 'single' ? recipe.sampling.subnet : allSubnets(recipe)[0]!;
}

/** Pictures of a domain as the runtime sees them, per resolution one array a picture. */
export async function loadPictures(
  recipe: Recipe,
  purpose: string,
  pictures: Pictures,
  count: number,
  resolutions: readonly number[],
): Promise<ReadonlyMap<number, readonly Uint8Array[]>> {
  const requests = sampleRequests(recipe, purpose, count, pictures.count);
  const loaded = await pictures.load(requests, resolutions);
  return new Map(
    resolutions.map((side) => {
      const bytes = loaded.get(side)!;
      const size = side * side * 3;
      return [side, requests.map((_, i) => bytes.subarray(i * size, (i + 1) * size))];
    }),
  );
}

function checkData({ topology }: FloatNetwork, { classes, source, target }: TrainingData): void {
  const outputs = topology.layers.at(-1)!.outChannels;
  if (classes.length !== outputs) {
    throw new RtfqError('INVALID_ARGUMENT', 'the network has other classes than the data', {
      got: `${outputs} outputs`,
      expected: `${classes.length}, one per class`,
      hint: 'replace its classifier first',
    });
  }
  for (const [name, { count }] of Object.entries({ source, target })) {
    if (count > 0) continue;
    throw new RtfqError('INVALID_ARGUMENT', `the ${name} domain has no pictures`);
  }
}

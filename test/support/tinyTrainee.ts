import { installTrainingKernels } from '../../src/training/kernels/install.ts';
import { openTfjsInNode } from '../../src/training/node/tfjsBackend.ts';
import {
  completeRecipe,
  type PartialRecipe,
  type Recipe,
} from '../../src/training/recipe/recipe.ts';
import type { PicturesByResolution } from '../../src/training/sandwich/images.ts';
import { Optimiser } from '../../src/training/sandwich/optimiser.ts';
import { allSubnets } from '../../src/training/sandwich/sampling.ts';
import type { ShardPictures } from '../../src/training/sandwich/shard.ts';
import type { Trainee } from '../../src/training/sandwich/step.ts';
import { Teacher } from '../../src/training/sandwich/teacher.ts';
import {
  type InitialSupernet,
  initialiseSupernet,
} from '../../src/training/supernet/initialise.ts';
import { Supernet } from '../../src/training/supernet/supernet.ts';
import { seededRandom } from './random.ts';
import { randomPictures, tinyFloatNetwork } from './tinyFloatNetwork.ts';

export const tinyClasses = 3;

/** A recipe for the tiny network: 12 subnets, few pictures. */
export function tinyRecipe(partial: PartialRecipe = {}): Recipe {
  return completeRecipe({
    widths: [1, 0.5],
    resolutions: [24, 16],
    steps: 20,
    batch: { source: 6, target: 6 },
    optimiser: { weights: { learningRate: 0.02, headFactor: 1 } },
    head: { steps: 0 },
    calibration: { images: 12, batch: 6 },
    ...partial,
  });
}

/** The backend that training uses in Node. */
export async function openTrainingBackend(): Promise<void> {
  await openTfjsInNode();
  installTrainingKernels();
}

const initialised = new Map<string, Promise<InitialSupernet>>();

/** Making a supernet takes longer than most of what is tested on it. */
function initialTiny(recipe: Recipe, seed: number): Promise<InitialSupernet> {
  const { widths, resolutions, bits, pinnedBits, slicing } = recipe;
  const key = JSON.stringify({ widths, resolutions, bits, pinnedBits, slicing, seed });
  const side = resolutions[0]!;
  const calibration = { pictures: randomPictures(8, side, seed), side };
  const known = initialised.get(key);
  const initial =
    known ?? initialiseSupernet(tinyFloatNetwork(seed, tinyClasses), recipe, calibration);
  initialised.set(key, initial);
  return initial;
}

export async function tinyTrainee(recipe: Recipe, seed: number): Promise<Trainee> {
  const { shape, values } = await initialTiny(recipe, seed);
  const supernet = new Supernet(shape, values);
  return {
    supernet,
    optimiser: new Optimiser(recipe.optimiser, shape.topology.layers.at(-1)!.name),
    teacher: new Teacher(supernet, allSubnets(recipe)[0]!),
  };
}

/** A step's shards of pictures whose colour says the class; target pictures are darker. */
export function tinyBatch({ batch, resolutions }: Recipe, seed: number): readonly ShardPictures[] {
  const random = seededRandom(seed);
  const classesOf = (count: number) => Array.from({ length: count }, (_, i) => i % tinyClasses);
  const pictures = (classes: readonly number[], brightness: number): PicturesByResolution =>
    new Map(
      resolutions.map((side) => {
        const pixels = Uint8Array.from({ length: classes.length * side * side * 3 }, (_, at) => {
          const own = classes[Math.floor(at / (side * side * 3))]!;
          return Math.floor(brightness * ((at % 3 === own ? 150 : 50) + 50 * random()));
        });
        return [side, pixels];
      }),
    );
  return Array.from({ length: batch.shards }, () => {
    const sourceLabels = classesOf(batch.source / batch.shards);
    return {
      source: pictures(sourceLabels, 1),
      sourceLabels,
      target: pictures(classesOf(batch.target / batch.shards), 0.6),
      targetForTeacher: null,
    };
  });
}

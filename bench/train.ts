import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs';
import Table from 'cli-table3';
import { randomFloatNetwork } from '../src/training/floatNetwork.ts';
import { installTrainingKernels } from '../src/training/kernels/install.ts';
import { ShardPool } from '../src/training/node/shardPool.ts';
import { openTfjsInNode } from '../src/training/node/tfjsBackend.ts';
import { completeRecipe, type Recipe } from '../src/training/recipe/recipe.ts';
import { upload } from '../src/training/sandwich/images.ts';
import { allSubnets } from '../src/training/sandwich/sampling.ts';
import type { ShardPictures } from '../src/training/sandwich/shard.ts';
import type { ShardEngine } from '../src/training/sandwich/shardEngine.ts';
import { sandwichStep, type Trainee } from '../src/training/sandwich/step.ts';
import { initialiseSupernet } from '../src/training/supernet/initialise.ts';
import { newTrainee } from '../src/training/trainer/run.ts';
import { seededRandom } from '../test/support/random.ts';
import { randomPictures } from '../test/support/tinyFloatNetwork.ts';
import { type Timing, timeRounds } from './timeRounds.ts';

/** What is timed, in Node. */
interface TrainContender {
  /** Rows of one task do the same work, apart from the kernels and workers that do it. */
  readonly task: string;
  readonly runtime: 'rtfq' | 'tfjs';
  readonly backend: 'wasm' | 'cpu';
  readonly workers: number;
  /** Source and target pictures together. */
  readonly images: number;
  run(): Promise<void>;
}

/** One row of the result. */
export interface TrainRow extends Omit<TrainContender, 'run'>, Timing {
  readonly imagesPerSecond: number;
  /** By medians, to the first row of the task. */
  readonly speedUp: number;
}

export interface TrainBench {
  readonly rows: readonly TrainRow[];
  /** What tfjs's own wasm kernels say to a step. */
  readonly stockTfjs: string;
}

const seed = 1;
const classes = 31;
const smallSide = 128;
// tfjs's cpu backend takes 40 s for one subnet on two pictures of 128 px.
const peerSide = 64;
const imagesPerShard = 4;
const warmUpRounds = 1;
// More make the run long, not the figures better: a shard takes as long as it does on one core.
const workers = Math.max(2, Math.min(4, availableParallelism()));

/** Steps of SandwichQ for MobileNetV2 at two sizes, and as much of it as tfjs can do without us. */
export async function benchTraining(rounds: number, largeSide: number): Promise<TrainBench> {
  const peers = await timePeers(rounds);
  const steps = [];
  for (const side of new Set([smallSide, largeSide]))
    steps.push(...(await timeSteps(side, rounds)));
  return { rows: [...steps, ...peers.rows], stockTfjs: peers.stockTfjs };
}

export function renderTraining({ rows, stockTfjs }: TrainBench): string {
  const table = new Table({
    head: ['task', 'runtime', 'backend', 'workers', 'images/s', 'median ms', 'min', 'runs', 'x'],
    style: { head: [], border: [] },
  });
  for (const row of rows) {
    table.push([
      row.task,
      row.runtime,
      row.backend,
      row.workers,
      row.imagesPerSecond.toFixed(2),
      row.medianMs.toFixed(0),
      row.minMs.toFixed(0),
      row.runs,
      row.speedUp.toFixed(2),
    ]);
  }
  return `${table}\nx: to the first row of the task\ntfjs's own wasm kernels on a step: ${stockTfjs}`;
}

/** The whole of a step: four subnets on both domains, with distillation and a teacher. */
async function timeSteps(side: number, rounds: number): Promise<readonly TrainRow[]> {
  const images = workers * imagesPerShard;
  const recipe = completeRecipe({
    widths: [1, 0.8],
    resolutions: [side],
    bits: [8, 4],
    batch: { source: images, target: images, shards: workers },
  });
  const trainee = await randomTrainee(recipe);
  const pool = await ShardPool.open(trainee, recipe, { workers });
  const contender = (count: number, engine?: ShardEngine): TrainContender => ({
    task: `step, ${allSubnets(recipe).length} subnets, ${side} px`,
    runtime: 'rtfq',
    backend: 'wasm',
    workers: count,
    images: 2 * images,
    run: () => takeStep(trainee, recipe, engine),
  });
  try {
    return await time([contender(1), contender(workers, pool)], { rounds, warmUpRounds });
  } finally {
    await pool.close();
    disposeTrainee(trainee);
  }
}

/** What tfjs can do without our kernels: steps on its cpu backend, forward passes on its wasm backend. */
async function timePeers(
  rounds: number,
): Promise<{ readonly rows: readonly TrainRow[]; readonly stockTfjs: string }> {
  const recipe = completeRecipe({
    widths: [1],
    resolutions: [peerSide],
    bits: [8],
    batch: { source: 1, target: 1, shards: 1 },
  });
  await openTfjsInNode();
  const stock = tf.getKernelsForBackend('wasm');
  installTrainingKernels();
  const own = tf.getKernelsForBackend('wasm');
  const onWasm = await randomTrainee(recipe);
  await tf.setBackend('cpu');
  const onCpu = await randomTrainee(recipe);
  await tf.setBackend('wasm');

  registerKernels(stock);
  const stockTfjs = await takeStep(onWasm, recipe).then(
    () => 'no error',
    (error: Error) => error.message.split('\n')[0]!.trim(),
  );
  const step = { task: `step, 1 subnet, ${peerSide} px`, workers: 1, images: 2 } as const;
  const forward = {
    task: `forward pass, ${smallSide} px`,
    backend: 'wasm',
    workers: 1,
    images: 2 * imagesPerShard,
  } as const;
  const pictures = upload(new Map([[smallSide, pixels(forward.images, smallSide)]]));
  const runForward = async (kernels: readonly tf.KernelConfig[]) => {
    registerKernels(kernels);
    const logits = tf.tidy(
      () => onWasm.supernet.forward({ width: 1, bits: 8 }, pictures.get(smallSide)!).logits,
    );
    await logits.data();
    logits.dispose();
  };
  registerKernels(own);
  await takeStep(onWasm, recipe);
  const onCpuBackend = async () => {
    await tf.setBackend('cpu');
    await takeStep(onCpu, recipe);
    await tf.setBackend('wasm');
  };
  const steps = await time(
    [
      { ...step, runtime: 'tfjs', backend: 'cpu', run: onCpuBackend },
      { ...step, runtime: 'rtfq', backend: 'wasm', run: () => takeStep(onWasm, recipe) },
    ],
    { rounds: 1, warmUpRounds: 0 },
  );
  const forwardPasses = await time(
    [
      { ...forward, runtime: 'tfjs', run: () => runForward(stock) },
      { ...forward, runtime: 'rtfq', run: () => runForward(own) },
    ],
    { rounds, warmUpRounds },
  );
  registerKernels(own);
  tf.dispose([...pictures.values()]);
  disposeTrainee(onWasm);
  disposeTrainee(onCpu);
  return { rows: [...steps, ...forwardPasses], stockTfjs };
}

async function time(
  contenders: readonly TrainContender[],
  counts: Parameters<typeof timeRounds>[1],
): Promise<readonly TrainRow[]> {
  const timings = await timeRounds(
    contenders.map(({ run }) => run),
    counts,
  );
  return contenders.map(({ run: _, ...contender }, i) => {
    const first = contenders.findIndex(({ task }) => task === contender.task);
    const { medianMs } = timings[i]!;
    return {
      ...contender,
      ...timings[i]!,
      imagesPerSecond: (1000 * contender.images) / medianMs,
      speedUp: timings[first]!.medianMs / medianMs,
    };
  });
}

/** Random weights: times do not depend on their values. */
async function randomTrainee(recipe: Recipe): Promise<Trainee> {
  const side = recipe.resolutions[0]!;
  const network = randomFloatNetwork('mobilenetv2', classes, seededRandom(seed));
  const pictures = randomPictures(2, side, seed);
  const { shape, values } = await initialiseSupernet(network, recipe, { pictures, side });
  return newTrainee(recipe, shape, values);
}

function disposeTrainee({ supernet, teacher }: Trainee): void {
  supernet.dispose();
  teacher.dispose();
}

async function takeStep(trainee: Trainee, recipe: Recipe, engine?: ShardEngine): Promise<void> {
  const { batch, resolutions } = recipe;
  const shards = Array.from({ length: batch.shards }, (): ShardPictures => {
    const domain = (count: number) =>
      new Map(resolutions.map((side) => [side, pixels(count, side)]));
    const count = batch.source / batch.shards;
    return {
      source: domain(count),
      sourceLabels: Array.from({ length: count }, (_, i) => i % classes),
      target: domain(batch.target / batch.shards),
      targetForTeacher: null,
    };
  });
  // Without learning: random weights may diverge.
  await sandwichStep(trainee, recipe, shards, {
    subnets: allSubnets(recipe),
    rateFactor: 0,
    engine,
  });
}

function pixels(count: number, side: number): Uint8Array {
  const random = seededRandom(seed);
  return Uint8Array.from({ length: count * side * side * 3 }, () => 256 * random());
}

/** Ours can be taken out again: tfjs's registry is all that knows of them. */
function registerKernels(kernels: readonly tf.KernelConfig[]): void {
  for (const { kernelName } of tf.getKernelsForBackend('wasm')) {
    tf.unregisterKernel(kernelName, 'wasm');
  }
  for (const kernel of kernels) tf.registerKernel(kernel);
}

import { Worker, type WorkerOptions } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { ShardPool } from '../../../src/training/node/shardPool.ts';
import { trainInThreads } from '../../../src/training/node/trainInThreads.ts';
import type { ShardEngine } from '../../../src/training/sandwich/shardEngine.ts';
import { beginRun, disposeRun, type Run } from '../../../src/training/trainer/run.ts';
import { decodeRun, encodeRun } from '../../../src/training/trainer/runState.ts';
import { type LogRecord, train } from '../../../src/training/trainer/train.ts';
import { tinyData } from '../../support/tinyData.ts';
import { tinyFloatNetwork } from '../../support/tinyFloatNetwork.ts';
import { openTrainingBackend, tinyClasses, tinyRecipe } from '../../support/tinyTrainee.ts';

const seed = 4;
// Machines that do other things as well take several times as long as an idle one.
const data = tinyData(seed);
const recipe = tinyRecipe({
  seed,
  resolutions: [16, 12],
  steps: 3,
  batch: { source: 6, target: 6, shards: 3 },
});

let begun: Uint8Array;
beforeAll(async () => {
  await openTrainingBackend();
  const run = await beginRun(recipe, tinyFloatNetwork(seed, tinyClasses), data);
  begun = await encodeRun(run);
  disposeRun(run);
});

interface Ending {
  readonly bytes: Uint8Array;
  readonly records: readonly Omit<LogRecord, 'durationMs'>[];
}

async function trainWith(workers: number): Promise<Ending> {
  const run = decodeRun(begun);
  const records: Omit<LogRecord, 'durationMs'>[] = [];
  const append = async ({ durationMs: _, ...record }: LogRecord) => void records.push(record);
  await trainInThreads(run, data, { workers, log: { append } });
  const bytes = await encodeRun(run);
  disposeRun(run);
  return { bytes, records };
}

/** A worker that says it is ready and then does what the code says with each request. */
function workerThat(code: string): (options: WorkerOptions) => Worker {
  const source = `
    const { parentPort } = require('node:worker_threads');
    parentPort.on('message', () => { ${code} });
    parentPort.postMessage({ kind: 'ready' });`;
  return (options) => new Worker(source, { ...options, eval: true });
}

/** Trains with such workers, and waits until they have ended. @param controller aborts while they compute */
async function trainOn(
  run: Run,
  createWorker: (options: WorkerOptions) => Worker,
  controller?: AbortController,
): Promise<void> {
  const ends: Promise<void>[] = [];
  const pool = await ShardPool.open(run.trainee, run.recipe, {
    workers: 2,
    createWorker: (options) => {
      const worker = createWorker(options);
      ends.push(new Promise((resolve) => worker.once('exit', () => resolve())));
      return worker;
    },
  });
  const engine: ShardEngine = {
    compute(shards, options) {
      setTimeout(() => controller?.abort(), 50);
      return pool.compute(shards, options);
    },
  };
  try {
    await train(run, data, { engine, signal: controller?.signal });
  } finally {
    // Not by closing the pool: it closes itself on failure.
    await Promise.all(ends);
  }
}

describe(`training in threads (seed ${seed})`, () => {
  test('ends with the same bits and reports whatever the number of workers', async () => {
    const before = tf.memory().numTensors;
    const [one, two, three] = [await trainWith(1), await trainWith(2), await trainWith(3)];
    for (const { bytes, records } of [two, three]) {
      expect(Buffer.compare(bytes, one.bytes)).toBe(0);
      expect(records).toEqual(one.records);
    }
    expect(one.records).toHaveLength(3);
    expect(Buffer.compare(one.bytes, begun)).not.toBe(0);
    expect(tf.memory().numTensors).toBe(before);
  });

  test.each([
    ['throws', "throw new Error('a bug')", 'a bug'],
    ['exits', 'process.exit(3)', 'exit code 3'],
    ['runs out of memory', 'const all = []; for (;;) all.push(new Array(1e6).fill(1))', 'memory'],
  ])('says so when a worker %s, and ends all of them', async (_, code, got) => {
    const run = decodeRun(begun);
    const before = await encodeRun(run);
    const limited = (options: WorkerOptions) =>
      workerThat(code)({ ...options, resourceLimits: { maxOldGenerationSizeMb: 32 } });
    await expect(trainOn(run, limited)).rejects.toMatchObject({
      code: 'WORKER_DIED',
      got: expect.stringContaining(got),
      hint: expect.stringContaining('checkpoint'),
    });
    expect(Buffer.compare(await encodeRun(run), before)).toBe(0);
    disposeRun(run);
  });

  test('throws what a worker threw', async () => {
    const run = decodeRun(begun);
    const code = `parentPort.postMessage({
      kind: 'failed',
      error: { code: 'OUT_OF_MEMORY', message: 'full', hint: 'less' },
    })`;
    await expect(trainOn(run, workerThat(code))).rejects.toMatchObject({
      code: 'OUT_OF_MEMORY',
      hint: 'less',
    });
    disposeRun(run);
  });

  test('stops at once on an abort, even where a worker never answers', async () => {
    const run = decodeRun(begun);
    const controller = new AbortController();
    const training = trainOn(run, workerThat('for (;;);'), controller);
    await expect(training).rejects.toMatchObject({ code: 'ABORTED' });
    disposeRun(run);
  });

  test('is refused where a worker does not start', async () => {
    const run = decodeRun(begun);
    const opened = ShardPool.open(run.trainee, run.recipe, {
      workers: 2,
      createWorker: () => new Worker('process.exit(1)', { eval: true }),
    });
    await expect(opened).rejects.toMatchObject({ code: 'WORKER_DIED' });
    disposeRun(run);
  });
});

import { Worker, type WorkerOptions } from 'node:worker_threads';
import { abortedBy } from '../../errors.ts';
import type { Recipe } from '../recipe/recipe.ts';
import {
  isTeacherAsked,
  type ShardModel,
  type ShardOptions,
  type ShardPictures,
  type ShardResult,
} from '../sandwich/shard.ts';
import type { ShardEngine } from '../sandwich/shardEngine.ts';
import { subnetParameters } from '../sandwich/teacher.ts';
import type { ShardWorkerData } from './shardProtocol.ts';
import { ShardThread } from './shardThread.ts';
import { SharedParameters } from './sharedParameters.ts';

export interface ShardPoolOptions {
  /** Worker threads; more than the recipe has shards would have nothing to do. */
  readonly workers: number;
  readonly createWorker?: ((options: WorkerOptions) => Worker) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Computes a step's shards in worker threads, at the same time. After a failure it is closed. */
export class ShardPool implements ShardEngine {
  readonly #model: ShardModel;
  readonly #recipe: Recipe;
  readonly #values: SharedParameters;
  readonly #averages: SharedParameters;
  /** One per shard. */
  readonly #gradients: readonly SharedParameters[];
  readonly #threads: readonly ShardThread[];

  private constructor(
    model: ShardModel,
    recipe: Recipe,
    { workers, createWorker = createShardWorker }: ShardPoolOptions,
  ) {
    const { shape } = model.supernet;
    this.#model = model;
    this.#recipe = recipe;
    this.#values = new SharedParameters(shape);
    this.#averages = new SharedParameters(shape);
    this.#gradients = Array.from(
      { length: recipe.batch.shards },
      () => new SharedParameters(shape),
    );
    const data: ShardWorkerData = {
      recipe,
      shape,
      teacherSubnet: model.teacher.subnet,
      values: this.#values.buffer,
      averages: this.#averages.buffer,
      gradients: this.#gradients.map(({ buffer }) => buffer),
    };
    this.#threads = Array.from(
      { length: workers },
      () => new ShardThread(createWorker({ workerData: data })),
    );
  }

  /**
   * Starts the workers; they are to be ended by `close`.
   * @throws RtfqError `WORKER_DIED` | `BACKEND_UNAVAILABLE` | `ABORTED`, with no worker left running
   */
  static async open(
    model: ShardModel,
    recipe: Recipe,
    options: ShardPoolOptions,
  ): Promise<ShardPool> {
    const pool = new ShardPool(model, recipe, options);
    await pool.#orClose(Promise.all(pool.#threads.map((thread) => thread.ready())), options.signal);
    return pool;
  }

  async compute(
    shards: readonly ShardPictures[],
    { signal, ...options }: ShardOptions,
  ): Promise<readonly ShardResult[]> {
    await this.#share(options);
    const results: ShardResult[] = [];
    const work = this.#threads.map(async (thread, first) => {
      for (let shard = first; shard < shards.length; shard += this.#threads.length) {
        const { names, losses } = await thread.compute({
          shard,
          pictures: shards[shard]!,
          options,
        });
        const own = this.#gradients[shard]!;
        results[shard] = {
          ...losses,
          gradients: new Map(names.map((name) => [name, own.viewOf(name)])),
        };
      }
    });
    await this.#orClose(Promise.all(work), signal);
    return results;
  }

  /** Ends the workers, whatever they are doing. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }

  /** Lays down what the workers read in a step: the main thread alone changes the model. */
  async #share(options: ShardOptions): Promise<void> {
    const { supernet, teacher } = this.#model;
    const read = new Set(options.subnets.flatMap((subnet) => subnetParameters(supernet, subnet)));
    const averages = isTeacherAsked(this.#recipe, options) ? [...teacher.averages] : [];
    // Together: between one await and the next the pictures of the coming step may be rendered.
    await Promise.all([
      ...[...read].map(async (name) => {
        this.#values.viewOf(name).set(await supernet.read(name).data<'float32'>());
      }),
      ...averages.map(async ([name, average]) => {
        this.#averages.viewOf(name).set(await average.data<'float32'>());
      }),
    ]);
  }

  /** Waits for work until the signal fires; closes the pool where either fails. */
  async #orClose(work: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
    let onAbort = () => {};
    const abortion = new Promise<never>((_, reject) => {
      onAbort = () => reject(abortedBy(signal!));
      if (signal?.aborted) onAbort();
      else signal?.addEventListener('abort', onAbort);
    });
    try {
      await Promise.race([work, abortion]);
    } catch (thrown) {
      await this.close();
      throw thrown;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }
}

function createShardWorker(options: WorkerOptions): Worker {
  return new Worker(new URL('./shardWorkerFromSource.mjs', import.meta.url), options);
}

import type { Recipe } from '../recipe/recipe.ts';
import {
  computeShard,
  type ShardModel,
  type ShardOptions,
  type ShardPictures,
  type ShardResult,
} from './shard.ts';

/**
 * Where the shards of a model's steps are computed. Whichever it is, the results have the same bits on
 * the same tfjs backend: shards know nothing of each other.
 */
export interface ShardEngine {
  /**
   * The results in the shards' order, of the model as it is now. Their gradients belong to the caller
   * until the next call.
   * @throws RtfqError `ABORTED`; `WORKER_DIED` where a worker did
   */
  compute(shards: readonly ShardPictures[], options: ShardOptions): Promise<readonly ShardResult[]>;
}

/** One shard after another, here: memory holds the activations of one. */
export function localShards(model: ShardModel, recipe: Recipe): ShardEngine {
  return {
    async compute(shards, options) {
      const results: ShardResult[] = [];
      for (const pictures of shards) {
        results.push(await computeShard(model, recipe, pictures, options));
      }
      return results;
    },
  };
}

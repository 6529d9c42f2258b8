import type { SerializedError } from '../../errors.ts';
import type { Subnet } from '../../network/subnet.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { ShardLosses, ShardOptions, ShardPictures } from '../sandwich/shard.ts';
import type { SupernetShape } from '../supernet/shape.ts';

/** What a worker thread is started with. The buffers are those of `SharedParameters`. */
export interface ShardWorkerData {
  readonly recipe: Recipe;
  readonly shape: SupernetShape;
  readonly teacherSubnet: Subnet;
  /** The supernet's parameters; those that a step reads are there before it is requested. */
  readonly values: SharedArrayBuffer;
  /** The teacher's averages, likewise. */
  readonly averages: SharedArrayBuffer;
  /** One per shard: where its gradients go. */
  readonly gradients: readonly SharedArrayBuffer[];
}

/** One request at a time; each gets one reply. */
export interface ShardRequest {
  readonly shard: number;
  readonly pictures: ShardPictures;
  readonly options: Omit<ShardOptions, 'signal'>;
}

export type ShardReply =
  /** Once, before any request. */
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'done';
      /** Of the parameters that got gradients. */
      readonly names: readonly string[];
      readonly losses: ShardLosses;
    }
  | { readonly kind: 'failed'; readonly error: SerializedError };

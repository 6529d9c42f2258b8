import type { SubnetLosses } from './lossLog.ts';
import type { ShardLosses } from './shard.ts';

/** What the shards of one step, which have the same subnets and loss terms, say on average. */
export function meanLosses(shards: readonly ShardLosses[]): ShardLosses {
  const mean = (read: (shard: ShardLosses) => number) =>
    shards.reduce((sum, shard) => sum + read(shard), 0) / shards.length;
  const [first] = shards;
  return {
    subnets: first!.subnets.map(({ subnet, losses }, i): SubnetLosses => {
      const terms = Object.keys(losses).map((term) => [
        term,
        mean(({ subnets }) => subnets[i]!.losses[term]!),
      ]);
      return { subnet, losses: Object.fromEntries(terms) };
    }),
    confident: first!.confident === null ? null : mean(({ confident }) => confident!),
  };
}

import { imageName } from '../../model/validate.ts';
import type { Topology } from '../../network/topology.ts';

/** Which channels a width slices: those inside each block, or all, the residual stream among them. */
export type SlicedChannels = 'hidden' | 'all';

/**
 * The topology with the channels that a recipe slices. Topologies are made with their hidden channels
 * sliced; `all` adds everything but the image and the classes.
 */
export function slicedTopology({ name, layers }: Topology, channels: SlicedChannels): Topology {
  if (channels === 'hidden') return { name, layers };
  const last = layers.at(-1)!;
  return {
    name,
    layers: layers.map((layer) => ({
      ...layer,
      slicesIn: layer.input !== imageName,
      slicesOut: layer !== last,
    })),
  };
}

import type { Model } from '../../src/model/reader.ts';
import { type ResnetShape, resnet } from '../../src/network/resnet.ts';
import type { Topology } from '../../src/network/topology.ts';
import { type SlicedChannels, slicedTopology } from '../../src/training/supernet/slicedTopology.ts';
import { openRandomModel } from './randomModel.ts';

/**
 * The fewest blocks that have one of everything: basic ones around nothing but themselves, with pooling as
 * the residual; bottlenecks; shortcuts with and without a stride.
 */
export function tinyResnetShape(block: ResnetShape['block']): ResnetShape {
  return { name: `tiny resnet, ${block}`, block, channels: 16, stages: [1, 2] };
}

export function tinyResnet(block: ResnetShape['block'], classes: number): Topology {
  return resnet(tinyResnetShape(block), classes);
}

/** A model of random weights: 12 subnets, the second resolution odd after every stride. */
export function openTinyResnet(
  block: ResnetShape['block'],
  channels: SlicedChannels,
  seed: number,
): Promise<Model> {
  const classes = Array.from({ length: 10 }, (_, i) => `class ${i}`);
  return openRandomModel({
    topology: slicedTopology(tinyResnet(block, classes.length), channels),
    classes,
    widths: [1, 0.5],
    resolutions: [64, 37],
    bits: [8, 6, 4],
    seed,
  });
}

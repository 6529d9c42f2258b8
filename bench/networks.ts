import { type Model, openModel } from '../src/model/reader.ts';
import type { ModelFiles } from '../src/model/writer.ts';
import { mobilenetv2 } from '../src/network/mobilenetv2.ts';
import { resnet50 } from '../src/network/resnet.ts';
import type { BitWidth } from '../src/quant/bits.ts';
import { randomModelFiles, readFrom } from '../test/support/randomModel.ts';

export const networkNames = ['mobilenetv2', 'resnet50'] as const;
export type NetworkName = (typeof networkNames)[number];

const classes = 1000;
const topologies = {
  mobilenetv2: () => mobilenetv2(classes, 'tensorflow'),
  resnet50: () => resnet50(classes),
} as const;

/** ImageNet's size with random weights: times do not depend on their values, and any machine has them. */
export async function openNetwork(
  name: NetworkName,
  { resolution, bits }: { readonly resolution: number; readonly bits: readonly BitWidth[] },
): Promise<{ readonly files: ModelFiles; readonly model: Model }> {
  const files = await randomModelFiles({
    topology: topologies[name](),
    classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
    widths: [1],
    resolutions: [resolution],
    bits,
    seed: 1,
  });
  return { files, model: await openModel(readFrom(files)) };
}

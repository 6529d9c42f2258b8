import { describe, expect, test } from 'vitest';
import { subnetCost } from '../../../src/network/cost.ts';
import { mobilenetv2 } from '../../../src/network/mobilenetv2.ts';
import { manifestLayers, type Topology } from '../../../src/network/topology.ts';

const torch = mobilenetv2(1000, 'torch');
const weightLayers = torch.layers.filter(({ op }) => op !== 'averagePool');

function layerOf({ layers }: Topology, name: string) {
  const layer = layers.find((each) => each.name === name);
  if (layer === undefined) throw new Error(`no layer ${name}`);
  return layer;
}

function macsOf(topology: Topology, resolution: number): number {
  const widths = [1];
  const bits = [8] as const;
  const layers = manifestLayers(topology, { widths, bits });
  const subnet = { width: 1, resolution, bits: 8 } as const;
  return subnetCost({ layers, widths, bits }, subnet, ({ op }) => (op === 'averagePool' ? null : 8))
    .macs;
}

/**
 * The paper's table 2 with the size of each block's output at 224 pixels, written out:
 * [hidden, input, output channels, input positions, output positions]; the first block has no expansion.
 */
const blocks = [
  [32, 32, 16, 112 ** 2, 112 ** 2],
  [96, 16, 24, 112 ** 2, 56 ** 2],
  [144, 24, 24, 56 ** 2, 56 ** 2],
  [144, 24, 32, 56 ** 2, 28 ** 2],
  [192, 32, 32, 28 ** 2, 28 ** 2],
  [192, 32, 32, 28 ** 2, 28 ** 2],
  [192, 32, 64, 28 ** 2, 14 ** 2],
  [384, 64, 64, 14 ** 2, 14 ** 2],
  [384, 64, 64, 14 ** 2, 14 ** 2],
  [384, 64, 64, 14 ** 2, 14 ** 2],
  [384, 64, 96, 14 ** 2, 14 ** 2],
  [576, 96, 96, 14 ** 2, 14 ** 2],
  [576, 96, 96, 14 ** 2, 14 ** 2],
  [576, 96, 160, 14 ** 2, 7 ** 2],
  [960, 160, 160, 7 ** 2, 7 ** 2],
  [960, 160, 160, 7 ** 2, 7 ** 2],
  [960, 160, 320, 7 ** 2, 7 ** 2],
] as const;

describe('mobilenetv2', () => {
  test('has 53 layers with weights and torchvision’s 3,504,872 parameters', () => {
    expect(weightLayers).toHaveLength(53);
    const counts = weightLayers.map(({ op, kernel, inChannels, outChannels }) => {
      const depth = op === 'depthwise' ? 1 : inChannels;
      return outChannels * kernel[0] * kernel[1] * depth;
    });
    const norms = weightLayers.filter(({ batchNorm }) => batchNorm !== null);
    const scales = norms.reduce((sum, { outChannels }) => sum + 2 * outChannels, 0);
    const classifierBias = 1000;
    const weights = counts.reduce((sum, count) => sum + count, 0);
    expect(weights + scales + classifierBias).toBe(3_504_872);
  });

  test('has torchvision’s names', () => {
    expect(torch.layers.map(({ name }) => name).slice(0, 7)).toEqual([
      'features.0.0',
      'features.1.conv.0.0',
      'features.1.conv.1',
      'features.2.conv.0.0',
      'features.2.conv.1.0',
      'features.2.conv.2',
      'features.3.conv.0.0',
    ]);
    expect(torch.layers.map(({ name }) => name).slice(-4)).toEqual([
      'features.17.conv.2',
      'features.18.0',
      'pool',
      'classifier.1',
    ]);
    expect(layerOf(torch, 'features.0.0').batchNorm).toBe('features.0.1');
    expect(layerOf(torch, 'features.1.conv.0.0').batchNorm).toBe('features.1.conv.0.1');
    expect(layerOf(torch, 'features.1.conv.1').batchNorm).toBe('features.1.conv.2');
    expect(layerOf(torch, 'features.9.conv.1.0').batchNorm).toBe('features.9.conv.1.1');
    expect(layerOf(torch, 'features.9.conv.2').batchNorm).toBe('features.9.conv.3');
    expect(layerOf(torch, 'features.18.0').batchNorm).toBe('features.18.1');
    expect(layerOf(torch, 'classifier.1').batchNorm).toBeNull();
  });

  test('has 300,774,272 multiply-adds at 224 pixels, as counted from the paper', () => {
    const stem = 32 * 27 * 112 ** 2;
    const last = 1280 * 320 * 7 ** 2 + 1000 * 1280;
    const body = blocks.map(([hidden, input, output, before, after], i) => {
      const expansion = i === 0 ? 0 : hidden * input * before;
      return expansion + hidden * 9 * after + output * hidden * after;
    });
    const counted = body.reduce((sum, macs) => sum + macs, stem + last);
    expect(counted).toBe(300_774_272);
    expect(macsOf(torch, 224)).toBe(counted);
  });

  test('has the same multiply-adds whichever way it pads, at even resolutions', () => {
    for (const resolution of [224, 192, 160, 128]) {
      const tensorflow = mobilenetv2(1000, 'tensorflow');
      expect(macsOf(tensorflow, resolution)).toBe(macsOf(torch, resolution));
    }
  });

  test('pads 3 x 3 kernels by style at stride 2 and all around at stride 1', () => {
    const paddings = (style: 'torch' | 'tensorflow', stride: number) =>
      mobilenetv2(2, style)
        .layers.filter(({ kernel, stride: own }) => kernel[0] === 3 && own === stride)
        .map(({ padding }) => padding.join());
    expect(new Set(paddings('tensorflow', 2))).toEqual(new Set(['0,0,1,1']));
    expect(new Set(paddings('tensorflow', 1))).toEqual(new Set(['1,1,1,1']));
    expect(new Set(paddings('torch', 2))).toEqual(new Set(['1,1,1,1']));
    expect(paddings('torch', 2)).toHaveLength(5);
    expect(paddings('torch', 1)).toHaveLength(13);
  });

  test('has ten residuals, each around a whole block', () => {
    const residuals = torch.layers.filter(({ residual }) => residual !== undefined);
    expect(residuals.map(({ name }) => name)).toEqual(
      [3, 5, 6, 8, 9, 10, 12, 13, 15, 16].map((block) => `features.${block}.conv.2`),
    );
    for (const { name, residual } of residuals) {
      const expansion = layerOf(torch, name.replace('conv.2', 'conv.0.0'));
      expect(residual).toBe(expansion.input);
    }
  });

  test('slices the hidden channels of inverted residuals and nothing else', () => {
    const [layers, half] = [torch.layers, manifestLayers(torch, { widths: [0.5], bits: [8] })];
    layers.forEach(({ name, outChannels }, i) => {
      const isHidden = /conv\.[01]\.0$/.test(name) && !name.startsWith('features.1.');
      expect(half[i]!.outChannels[0]! < outChannels, name).toBe(isHidden);
    });
  });

  test('knows where numbers have a sign: behind linear projections', () => {
    const signed = torch.layers.filter(({ inputSigned }) => inputSigned).map(({ input }) => input);
    expect(signed).toHaveLength(17);
    for (const input of signed) expect(layerOf(torch, input).activation).toBe('none');
  });
});

import { describe, expect, test } from 'vitest';
import { isPooling, type Layer, type Manifest } from '../../../src/model/manifest.ts';
import { subnetCost } from '../../../src/network/cost.ts';
import { buildPlan } from '../../../src/network/plan.ts';
import { resnet18, resnet50 } from '../../../src/network/resnet.ts';
import { manifestLayers, type Topology } from '../../../src/network/topology.ts';

const networks = [resnet18(1000), resnet50(1000)] as const;
const [small, large] = networks;
const widths = [1, 0.5];
const bits = [8] as const;

function layerOf({ layers }: Topology, name: string) {
  const layer = layers.find((each) => each.name === name);
  if (layer === undefined) throw new Error(`no layer ${name}`);
  return layer;
}

function parametersOf({ layers }: Topology): number {
  return layers.reduce((sum, { op, kernel, inChannels, outChannels, batchNorm }) => {
    if (isPooling({ op })) return sum;
    const perOutput = kernel[0] * kernel[1] * inChannels + (batchNorm === null ? 1 : 2);
    return sum + outChannels * perOutput;
  }, 0);
}

function macsOf(topology: Topology): number {
  const layers = manifestLayers(topology, { widths, bits });
  const subnet = { width: 1, resolution: 224, bits: 8 } as const;
  return subnetCost({ layers, widths, bits }, subnet, (layer) => (isPooling(layer) ? null : 8))
    .macs;
}

describe('resnet18 and resnet50', () => {
  test('have torchvision’s parameters, those of batch norm counted', () => {
    expect(networks.map(parametersOf)).toEqual([11_689_512, 25_557_032]);
  });

  test('have torchvision’s 1.814 and 4.089 billion multiply-adds at 224 pixels', () => {
    expect(networks.map(macsOf)).toEqual([1_814_073_344, 4_089_184_256]);
  });

  test('have as many layers with weights as their names say, and shortcuts besides', () => {
    const counts = networks.map(({ layers }) => {
      const weighted = layers.filter((layer) => !isPooling(layer));
      const shortcuts = weighted.filter(({ name }) => name.includes('downsample'));
      return [weighted.length - shortcuts.length, shortcuts.length];
    });
    expect(counts).toEqual([
      [18, 3],
      [50, 4],
    ]);
  });

  test('have torchvision’s names', () => {
    expect(small.layers.map(({ name }) => name).slice(0, 9)).toEqual([
      'conv1',
      'maxpool',
      'layer1.0.conv1',
      'layer1.0.conv2',
      'layer1.1.conv1',
      'layer1.1.conv2',
      'layer2.0.conv1',
      'layer2.0.downsample.0',
      'layer2.0.conv2',
    ]);
    expect(large.layers.map(({ name }) => name).slice(-5)).toEqual([
      'layer4.2.conv1',
      'layer4.2.conv2',
      'layer4.2.conv3',
      'avgpool',
      'fc',
    ]);
    expect(layerOf(large, 'conv1').batchNorm).toBe('bn1');
    expect(layerOf(large, 'layer3.5.conv3').batchNorm).toBe('layer3.5.bn3');
    expect(layerOf(large, 'layer1.0.downsample.0').batchNorm).toBe('layer1.0.downsample.1');
    expect(layerOf(large, 'fc').batchNorm).toBeNull();
  });

  test('have the stride of a bottleneck in its 3 x 3 convolution, of a basic block in its first', () => {
    const strided = ({ layers }: Topology) =>
      layers.filter(({ stride }) => stride === 2).map(({ name }) => name);
    const inStages = (conv: string) =>
      [2, 3, 4].flatMap((stage) => [`layer${stage}.0.${conv}`, `layer${stage}.0.downsample.0`]);
    expect(strided(small)).toEqual(['conv1', 'maxpool', ...inStages('conv1')]);
    expect(strided(large)).toEqual(['conv1', 'maxpool', ...inStages('conv2')]);
  });

  test('add a block’s input, or its shortcut, before the block’s last ReLU', () => {
    const residuals = ({ layers }: Topology) =>
      Object.fromEntries(
        layers.filter(({ residual }) => residual).map(({ name, residual }) => [name, residual]),
      );
    expect(residuals(small)).toMatchObject({
      'layer1.0.conv2': 'maxpool',
      'layer1.1.conv2': 'layer1.0.conv2',
      'layer2.0.conv2': 'layer2.0.downsample.0',
    });
    expect(residuals(large)).toMatchObject({
      'layer1.0.conv3': 'layer1.0.downsample.0',
      'layer1.1.conv3': 'layer1.0.conv3',
      'layer4.2.conv3': 'layer4.1.conv3',
    });
    expect(Object.keys(residuals(small))).toHaveLength(8);
    expect(Object.keys(residuals(large))).toHaveLength(16);
    for (const { layers } of networks) {
      for (const { residual, activation } of layers) {
        if (residual !== undefined) expect(activation).toBe('relu');
      }
    }
  });

  test('slice the channels inside blocks and nothing else', () => {
    const sliced = (topology: Topology, list: 'inChannels' | 'outChannels') =>
      manifestLayers(topology, { widths, bits })
        .filter((layer) => layer[list][1]! < layer[list][0]!)
        .map(({ name }) => name.replace(/^layer\d\.\d\./, ''));
    expect(new Set(sliced(small, 'outChannels'))).toEqual(new Set(['conv1']));
    expect(new Set(sliced(small, 'inChannels'))).toEqual(new Set(['conv2']));
    expect(sliced(small, 'outChannels')).toHaveLength(8);
    expect(new Set(sliced(large, 'outChannels'))).toEqual(new Set(['conv1', 'conv2']));
    expect(new Set(sliced(large, 'inChannels'))).toEqual(new Set(['conv2', 'conv3']));
    expect(sliced(large, 'outChannels')).toHaveLength(32);
    expect(manifestLayers(small, { widths, bits })[0]!.outChannels).toEqual([64, 64]);
  });

  test.each(networks)(
    '$name: no accumulator can overflow, nor activations fill the memory',
    (own) => {
      const layers = manifestLayers(own, { widths, bits }).map((layer): Layer => {
        const weights = { pack: 'shared', bits: 8, offset: 0 } as const;
        return isPooling(layer) ? layer : { ...layer, weights };
      });
      const manifest = {
        ...{ widths, bits, layers, resolutions: [224] },
        input: { zeroPoint: [124, 116, 104], cropFraction: 1 },
      } satisfies Partial<Manifest>;
      const tables = layers.map(({ outChannels }) => {
        const values = new Float32Array(outChannels[0]!);
        return { inputStep: 0.5, multiplier: values, bias: values };
      });
      const subnet = { width: 1, resolution: 224, bits: 8 } as const;
      const plan = buildPlan(manifest as unknown as Manifest, subnet, tables);
      const pooled = plan.tensors.find(({ name }) => name === 'maxpool')!;
      expect([pooled.height, pooled.width, pooled.channels]).toEqual([56, 56, 64]);
      // Where all readers have one step, each layer is a step: nothing is quantized a second time.
      expect(plan.steps).toHaveLength(layers.length);
    },
  );
});

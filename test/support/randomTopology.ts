import { outputSize, type Size } from '../../src/network/geometry.ts';
import type { Topology, TopologyLayer } from '../../src/network/topology.ts';
import { type Random, seededRandom } from './random.ts';

// Below, at and above what kernels work on at a time.
const channelCounts = [1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 24, 31, 33, 40];
const kernelSides = [1, 1, 2, 3, 3, 4, 5, 7];

/**
 * A network of 2 to 8 layers of every kind and shape that the format allows: kernels that are not square, paddings
 * that differ from side to side, strides, residuals where sizes allow one, channels that fill no vector.
 */
export function randomTopology(seed: number, resolution: number, classes: number): Topology {
  const random = seededRandom(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const layers: TopologyLayer[] = [];
  const sizes: Size[] = [];
  let size: Size = { height: resolution, width: resolution };
  let inChannels = 3;
  const count = 2 + Math.floor(random() * 7);
  for (let i = 0; i < count; i++) {
    const op = i === 0 ? 'conv' : pick(['conv', 'conv', 'depthwise', 'maxPool'] as const);
    const window = randomWindow(size, random, pick);
    const next = outputSize({ op, ...window }, size);
    const twin = layers.findIndex(
      ({ outChannels }, k) =>
        sizes[k]!.height === next.height && sizes[k]!.width === next.width && outChannels > 0,
    );
    const residual = random() < 0.4 ? layers[twin] : undefined;
    const outChannels = op === 'conv' ? (residual?.outChannels ?? pick(channelCounts)) : inChannels;
    const fits = residual !== undefined && residual.outChannels === outChannels;
    layers.push({
      name: `layer ${i}`,
      op,
      input: i === 0 ? 'image' : `layer ${i - 1}`,
      ...(fits ? { residual: residual.name } : {}),
      ...window,
      inChannels,
      outChannels,
      activation: pick(['none', 'relu', 'relu6'] as const),
      slicesIn: false,
      slicesOut: false,
      inputSigned: i > 0 && random() < 0.5,
      batchNorm: null,
    });
    sizes.push(next);
    size = next;
    inChannels = outChannels;
  }
  const last = { kernel: [1, 1], stride: 1, padding: [0, 0, 0, 0], activation: 'none' } as const;
  const whole = { slicesIn: false, slicesOut: false, inputSigned: false, batchNorm: null } as const;
  layers.push(
    {
      ...{ ...last, ...whole, name: 'pool', op: 'averagePool', input: layers.at(-1)!.name },
      ...{ inChannels, outChannels: inChannels },
    },
    {
      ...{ ...last, ...whole, name: 'classifier', op: 'fullyConnected', input: 'pool' },
      ...{ inChannels, outChannels: classes },
    },
  );
  return { name: `random topology ${seed}`, layers };
}

function randomWindow(
  { height, width }: Size,
  random: Random,
  pick: <T>(values: readonly T[]) => T,
): Pick<TopologyLayer, 'kernel' | 'stride' | 'padding'> {
  const below = (count: number) => Math.floor(random() * count);
  const kernel = [Math.min(pick(kernelSides), height), Math.min(pick(kernelSides), width)] as const;
  const [rows, columns] = kernel;
  return {
    kernel: [rows, columns],
    stride: pick([1, 1, 1, 2, 3]),
    padding: [below(rows), below(columns), below(rows), below(columns)],
  };
}

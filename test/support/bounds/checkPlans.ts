import type { DotEngine } from '../../../src/kernels/table.ts';
import type { SubnetEntry } from '../../../src/model/manifest.ts';
import type { Model } from '../../../src/model/reader.ts';
import { buildPlan } from '../../../src/network/plan.ts';
import { randomFrame } from '../parity.ts';
import { CheckedDevice, type KernelBuild } from './checkedDevice.ts';

/** A build of the kernels, and what the relaxed one is to believe of its engine: all that decides between kernels. */
export interface CheckedBuild {
  readonly build: KernelBuild;
  readonly dot: DotEngine | null;
}

export const checkedBuilds: readonly CheckedBuild[] = [
  { build: 'simd128', dot: null },
  { build: 'relaxed', dot: { readsUnsigned: true, exactFullRange: true } },
  { build: 'relaxed', dot: { readsUnsigned: true, exactFullRange: false } },
  { build: 'relaxed', dot: { readsUnsigned: false, exactFullRange: false } },
];

export interface CheckedPlans {
  readonly plans: number;
  /** Loads and stores of kernels that were checked. */
  readonly accesses: number;
}

/**
 * Sizes of frames, taken in turn: odd, larger and smaller than the image in either direction, a single pixel, a line.
 * Five of them, so that each comes with all resolutions, which models list in threes and fours.
 */
const frameSizes = [
  [131, 97],
  [640, 480],
  [1, 1],
  [3, 301],
  [225, 224],
] as const;

/**
 * Runs subnets of a model on frames, each load and store of the kernels checked.
 * @throws an Error that names the subnet and the kernel where one touches what it should not
 */
export async function checkPlans(
  model: Model,
  { build, dot }: CheckedBuild,
  subnets: readonly SubnetEntry[] = model.manifest.subnets,
  onChecked: (subnet: SubnetEntry) => void = () => {},
): Promise<CheckedPlans> {
  const device = await CheckedDevice.open(build, dot);
  const { manifest } = model;
  const ids = ['shared', ...manifest.bits] as const;
  for (const id of ids) device.loadPack(manifest, await model.readPack(id));
  const frames = frameSizes.map(([width, height]) => randomFrame(width, height, 1));
  for (const [i, subnet] of subnets.entries()) {
    const plan = buildPlan(manifest, subnet, await model.readTable(subnet));
    device.check(plan, frames[i % frames.length]!);
    onChecked(subnet);
  }
  for (const id of ids) device.unloadPack(id);
  device.expectReleased();
  return { plans: subnets.length, accesses: device.accesses };
}

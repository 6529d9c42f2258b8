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
 * Runs subnets of a model on a frame, each load and store of the kernels checked.
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
  // An odd size, larger than the image in one direction and smaller in the other.
  const frame = randomFrame(131, 97, 1);
  for (const subnet of subnets) {
    const plan = buildPlan(manifest, subnet, await model.readTable(subnet));
    device.check(plan, frame);
    onChecked(subnet);
  }
  for (const id of ids) device.unloadPack(id);
  device.expectReleased();
  return { plans: subnets.length, accesses: device.accesses };
}

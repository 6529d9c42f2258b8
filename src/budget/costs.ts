import type { SubnetEntry } from '../model/manifest.ts';
import type { BitWidth } from '../quant/bits.ts';

// Multiply-adds a millisecond of a mid-range phone's core, 8 bit. Only ratios matter to the policy, which finds
// the device's speed from its frames.
const macsPerMs = 10e6;
// Low-bit kernels add products up in 16 bits: measured 1.7 times as fast where there is no 8-bit dot product,
// and 0.7 times where there is. Taken as neither until measured.
const speedOfBits: Readonly<Record<BitWidth, number>> = { 8: 1, 6: 1.25, 4: 1.25 };
// Crop, resize and what else does not depend on the subnet.
const fixedMs = 1;

/** A subnet's time, in milliseconds, where nothing was measured: right up to a factor common to all. */
export function nominalCostMs({ macs }: Pick<SubnetEntry['cost'], 'macs'>, bits: BitWidth): number {
  return fixedMs + macs / (macsPerMs * speedOfBits[bits]);
}

interface Costed {
  readonly bits: BitWidth;
  readonly cost: Pick<SubnetEntry['cost'], 'macs'>;
  /** null where it was not measured. */
  readonly measuredMs: number | null;
}

/** Measured times; elsewhere nominal ones, scaled as the measured subnets of the same bits are, or as all are. */
export function calibratedCosts(subnets: readonly Costed[]): readonly number[] {
  const nominal = subnets.map(({ cost, bits }) => nominalCostMs(cost, bits));
  const factorOf = (isOf: (subnet: Costed) => boolean): number | null => {
    const factors = subnets.flatMap((subnet, i) =>
      subnet.measuredMs !== null && isOf(subnet) ? [subnet.measuredMs / nominal[i]!] : [],
    );
    return factors.sort((a, b) => a - b)[factors.length >> 1] ?? null;
  };
  const common = factorOf(() => true) ?? 1;
  const byBits = new Map<BitWidth, number>();
  for (const { bits } of subnets) {
    if (!byBits.has(bits)) byBits.set(bits, factorOf((subnet) => subnet.bits === bits) ?? common);
  }
  return subnets.map(({ measuredMs, bits }, i) => measuredMs ?? nominal[i]! * byBits.get(bits)!);
}

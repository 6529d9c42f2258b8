import type { Backend } from '../backends/backend.ts';
import { RtfqError } from '../errors.ts';
import type { RgbaFrame } from '../kernels/resize/contract.ts';
import type { Manifest, SubnetEntry } from '../model/manifest.ts';
import { formatSubnet } from '../network/subnet.ts';

const frameWidth = 96;
const frameHeight = 72;

/** The picture whose logits a model records: waves of several lengths, the same everywhere. */
export function selfTestFrame(): RgbaFrame {
  const data = new Uint8Array(4 * frameWidth * frameHeight);
  for (let i = 0; i < data.length; i++) data[i] = (i * 31 + (i >> 6) * (i % 7)) & 255;
  return { data, width: frameWidth, height: frameHeight };
}

/** The cheapest subnet of each bit-width: what a self-test runs. */
export function selfTestSubnets({ bits, subnets }: Manifest): readonly SubnetEntry[] {
  return bits.map((one) =>
    subnets
      .filter((subnet) => subnet.bits === one)
      .reduce((least, subnet) => (subnet.cost.macs < least.cost.macs ? subnet : least)),
  );
}

/**
 * Compares logits with the recorded ones. A GPU may fuse a multiply with an add, and then one value of 10,000 may
 * be a step off (numeric contract, rule 10): logits may differ by a hundredth of their range. Every other backend
 * must give the recorded numbers. A model that records none is taken as it is.
 * @throws RtfqError `BACKEND_UNAVAILABLE`, saying what differs
 */
export function expectRecorded(
  { name }: Pick<Backend, 'name'>,
  subnet: SubnetEntry,
  got: Float32Array,
): void {
  const { selfTest: expected } = subnet;
  if (expected === undefined) return;
  const range = Math.max(...expected) - Math.min(...expected);
  const tolerance = name === 'webgpu' || name === 'tfjs' ? range / 100 : 0;
  const worst = expected.reduce(
    (most, value, i) => Math.max(most, Math.abs(got[i]! - value)),
    got.length === expected.length ? 0 : Number.POSITIVE_INFINITY,
  );
  if (worst <= tolerance) return; // not so where a logit is no number
  throw new RtfqError('BACKEND_UNAVAILABLE', `${name} computes wrongly on this device`, {
    got: `a logit that is ${worst} off, on ${formatSubnet(subnet)}`,
    expected: tolerance === 0 ? 'the recorded logits' : `at most ${tolerance}`,
    hint: 'a faulty driver, or a damaged model',
  });
}

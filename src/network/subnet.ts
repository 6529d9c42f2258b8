import { RtfqError } from '../errors.ts';
import { type BitWidth, isBitWidth } from '../quant/bits.ts';

/** One of the networks that share the weights: a value, compared by content, never changed. */
export interface Subnet {
  /** Fraction of the full network's channels, 0 to 1. */
  readonly width: number;
  /** Side of the square input, in pixels. */
  readonly resolution: number;
  readonly bits: BitWidth;
}

export function sameSubnet(a: Subnet, b: Subnet): boolean {
  return a.width === b.width && a.resolution === b.resolution && a.bits === b.bits;
}

/** `1.0,224,8`: unique per subnet, readable, what the CLI takes. */
export function formatSubnet({ width, resolution, bits }: Subnet): string {
  const fraction = Number.isInteger(width) ? width.toFixed(1) : String(width);
  return `${fraction},${resolution},${bits}`;
}

/** The inverse of `formatSubnet`. @throws RtfqError `INVALID_ARGUMENT` */
export function parseSubnet(text: string): Subnet {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const [width, resolution, bits] = numbers;
  if (numbers.length !== 3 || !numbers.every(Number.isFinite) || !isBitWidth(bits!)) {
    throw new RtfqError('INVALID_ARGUMENT', 'not a subnet', {
      got: text,
      expected: 'WIDTH,RESOLUTION,BITS such as 1.0,224,8',
    });
  }
  return { width: width!, resolution: resolution!, bits };
}

/** The entry of `subnets` that equals `wanted`. @throws RtfqError `UNKNOWN_SUBNET`, naming those there are. */
export function findSubnet<Entry extends Subnet>(subnets: readonly Entry[], wanted: Subnet): Entry {
  const found = subnets.find((subnet) => sameSubnet(subnet, wanted));
  if (found === undefined) {
    throw new RtfqError('UNKNOWN_SUBNET', 'the model has no such subnet', {
      got: formatSubnet(wanted),
      expected: `one of ${subnets.map(formatSubnet).join(' | ')}`,
    });
  }
  return found;
}

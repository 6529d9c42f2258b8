import { InvalidArgumentError } from 'commander';
import { RtfqError } from '../errors.ts';
import { parseSubnet, type Subnet } from '../network/subnet.ts';
import { type BitWidth, bitWidths, isBitWidth } from '../quant/bits.ts';
import { topologyNames } from '../training/floatNetwork.ts';

export const topologyHelp = `the network that the checkpoint is of: ${topologyNames.join(', ')}`;

/** Parsers of option values; what they throw is a usage error. */

export function parseWidths(text: string): readonly number[] {
  return parseList(text, 'widths above 0 and up to 1', (width) => width > 0 && width <= 1);
}

export function parseResolutions(text: string): readonly number[] {
  const isResolution = (side: number) => Number.isInteger(side) && side >= 32 && side <= 2048;
  return parseList(text, 'whole numbers of pixels, 32 to 2048', isResolution);
}

export function parseBits(text: string): readonly BitWidth[] {
  return parseList(text, `bit-widths out of ${bitWidths.join(', ')}`, isBitWidth).filter(
    isBitWidth,
  );
}

export function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new InvalidArgumentError('Expected a whole number above 0.');
}

export function parseSeed(text: string): number {
  const seed = Number(text);
  if (Number.isInteger(seed) && seed >= 0) return seed;
  throw new InvalidArgumentError('Expected a whole number from 0.');
}

export function parseFraction(text: string): number {
  const fraction = Number(text);
  if (fraction > 0 && fraction <= 1) return fraction;
  throw new InvalidArgumentError('Expected a number above 0 and up to 1.');
}

export function parseMilliseconds(text: string): number {
  const ms = text.trim() === '' ? Number.NaN : Number(text);
  if (ms > 0 && ms < Number.POSITIVE_INFINITY) return ms;
  throw new InvalidArgumentError('Expected milliseconds, a number above 0.');
}

export function parseNotNegative(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= 0 && value < Number.POSITIVE_INFINITY) return value;
  throw new InvalidArgumentError('Expected a number from 0.');
}

export function parseSubnetOption(text: string): Subnet {
  try {
    return parseSubnet(text);
  } catch (thrown) {
    throw new InvalidArgumentError(`${RtfqError.from(thrown).message}.`);
  }
}

/** Numbers between commas, largest first, each once. */
function parseList(
  text: string,
  expected: string,
  isValid: (value: number) => boolean,
): readonly number[] {
  const values = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (!values.every(isValid)) {
    throw new InvalidArgumentError(`Expected ${expected}, with commas between them.`);
  }
  return [...new Set(values)].sort((a, b) => b - a);
}

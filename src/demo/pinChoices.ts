import type { Subnet } from '../index.ts';
import { type Dimension, dimensions } from './format.ts';

/** What the visitor fixed; a dimension that is not named is left to the budget. */
export type Pins = Readonly<Partial<Record<Dimension, number>>>;

/** A dimension's values among the subnets, largest first. */
export function valuesOf(subnets: readonly Subnet[], dimension: Dimension): readonly number[] {
  return [...new Set(subnets.map((subnet) => subnet[dimension]))].sort((a, b) => b - a);
}

/** Whether the model has a subnet with this value and the pins of the other dimensions. */
export function isPossible(
  subnets: readonly Subnet[],
  pins: Pins,
  dimension: Dimension,
  value: number,
): boolean {
  const wanted: Pins = { ...pins, [dimension]: value };
  return subnets.some((subnet) =>
    dimensions.every((name) => wanted[name] === undefined || wanted[name] === subnet[name]),
  );
}

export function samePins(a: Pins, b: Pins): boolean {
  return dimensions.every((dimension) => a[dimension] === b[dimension]);
}

/** Whether nothing is fixed. */
export function isFree(pins: Pins): boolean {
  return dimensions.every((dimension) => pins[dimension] === undefined);
}

import { type ArgFields, argBytes, writeArgs } from '../argBlock.ts';

/** The fields of `FilterArgs` in resize.as.ts, in order; each is 4 bytes. */
const fields = {
  from: 'i32',
  to: 'i32',
  rowBytes: 'i32',
  side: 'i32',
  first: 'i32',
  weights: 'i32',
  taps: 'i32',
} as const satisfies ArgFields<string>;

export type FilterArgValues = Readonly<Record<keyof typeof fields, number>>;

export const filterArgBytes = argBytes(fields);

/** Writes the block at a byte offset of linear memory. */
export function writeFilterArgs(memory: DataView, offset: number, values: FilterArgValues): void {
  writeArgs(memory, offset, fields, values);
}

import { divisions, type KernelName } from '../../kernels/division.ts';
import type { KernelRunner, Work } from './work.ts';

/** What decides how work is cut. */
export interface WorkShape {
  readonly kernel: KernelName;
  readonly rows: number;
  readonly channels: number;
  /** Products that it adds up; values that it reads, where there are none. */
  readonly operations: number;
}

// What one thread does in a microsecond, in round numbers: for products what `npm run bench -- roofline` showed on an
// x86 of 2.6 GHz without a u8 x s8 dot product, for the others a guess. They decide what is cut, and no result.
const operationsPerMicrosecond: Readonly<Record<KernelName, number>> = {
  convDot: 30_000,
  convLowBit: 60_000,
  convWide: 35_000,
  depthwise: 4_000,
  depthwise3x3: 12_000,
  averagePool: 2_000,
  maxPool: 2_000,
  quantize: 2_000,
  filterRows: 2_000,
  filterColumns: 2_000,
};

// Shorter parts cost more than they bring: asking a thread and waiting for it takes microseconds. `npm run bench --
// --runtimes rtfq --bits 8 --rounds 100 --least-part N`: 6, 15 and 40 gave 1.45, 1.47 and 1.37 times one thread's
// median (MobileNetV2 at 224 px, two cores).
const worthwhileMicroseconds = 15;
// Threads do not begin at the same time, and cores are not equally fast: whoever is ahead takes another part.
const partsPerThread = 3;
// By rows, as long as rounding to tiles leaves parts about equal: parts by channels share lines of the cache.
const leastTilesPerPart = 3;

type CutOptions = Pick<KernelRunner, 'threads' | 'leastPartMicroseconds'>;

/** How many rows and channels a part of the work has: all of them where it is too little to be shared. */
export function cutWork(
  { kernel, rows, channels, operations }: WorkShape,
  { threads, leastPartMicroseconds = worthwhileMicroseconds }: CutOptions,
): Pick<Work, 'rowsPerPart' | 'channelsPerPart'> {
  const whole = { rowsPerPart: rows, channelsPerPart: channels };
  const microseconds = operations / operationsPerMicrosecond[kernel];
  const parts = Math.min(
    threads * partsPerThread,
    Math.floor(microseconds / leastPartMicroseconds),
  );
  if (threads === 1 || parts < 2) return whole;
  const { rowTile, channelTile } = divisions[kernel];
  const rowTiles = rowTile === null ? 0 : Math.ceil(rows / rowTile);
  if (channelTile === null || rowTiles >= leastTilesPerPart * parts) {
    return { ...whole, rowsPerPart: Math.ceil(rowTiles / parts) * rowTile! };
  }
  const channelTiles = Math.ceil(channels / channelTile);
  return { ...whole, channelsPerPart: Math.ceil(channelTiles / parts) * channelTile };
}

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

// Shorter parts cost more than they bring: asking a thread and waiting for it takes microseconds. Of `npm run bench --
// --runtimes rtfq --threads 2 --in-a-row 5 --least-part N`, 8 and 15 had the least minimums (MobileNetV2 at 224 px).
const worthwhileMicroseconds = 8;
// Asking for a part and beginning it.
const microsecondsPerPart = 1;
// Threads do not begin at the same time, and cores are not equally fast: somebody waits for a share of a part.
const waitedShare = 0.15;
const mostPartsPerThread = 6;
// By rows, as long as rounding to tiles leaves parts about equal: parts by channels share lines of the cache.
const leastTilesPerThread = 9;

type CutOptions = Pick<KernelRunner, 'threads' | 'leastPartMicroseconds'>;

/** How many rows and channels a part of the work has: all of them where it is too little to be shared. */
export function cutWork(
  { kernel, rows, channels, operations }: WorkShape,
  { threads, leastPartMicroseconds = worthwhileMicroseconds }: CutOptions,
): Pick<Work, 'rowsPerPart' | 'channelsPerPart'> {
  const whole = { rowsPerPart: rows, channelsPerPart: channels };
  const microseconds = operations / operationsPerMicrosecond[kernel];
  const most = Math.min(
    threads * mostPartsPerThread,
    Math.floor(microseconds / leastPartMicroseconds),
  );
  if (threads === 1 || most < 2) return whole;
  const { rowTile, channelTile } = divisions[kernel];
  const rowTiles = rowTile === null ? 0 : Math.ceil(rows / rowTile);
  if (channelTile === null || rowTiles >= leastTilesPerThread * threads) {
    return {
      ...whole,
      rowsPerPart: tilesPerPart(rowTiles, microseconds, most, threads) * rowTile!,
    };
  }
  const channelTiles = Math.ceil(channels / channelTile);
  return {
    ...whole,
    channelsPerPart: tilesPerPart(channelTiles, microseconds, most, threads) * channelTile,
  };
}

/** How many tiles a part should have: with few parts threads end at different times, and many take time themselves. */
function tilesPerPart(tiles: number, microseconds: number, most: number, threads: number): number {
  let best = tiles;
  let leastMicroseconds = microseconds;
  for (let parts = 2; parts <= most; parts++) {
    const each = Math.ceil(tiles / parts);
    const rounds = Math.ceil(Math.ceil(tiles / each) / threads);
    const part = (each / tiles) * microseconds;
    const taken = rounds * (part + microsecondsPerPart) + waitedShare * part;
    if (taken < leastMicroseconds) [best, leastMicroseconds] = [each, taken];
  }
  return best;
}

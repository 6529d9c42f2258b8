import type { KernelName } from '../../kernels/division.ts';
import type { Address } from './heap.ts';

/** A call of a kernel, cut into parts that may run in any order, on any thread: a grid of rows and channels. */
export interface Work {
  readonly kernel: KernelName;
  /** Its block of arguments. */
  readonly args: Address;
  readonly rows: number;
  readonly rowsPerPart: number;
  readonly channels: number;
  readonly channelsPerPart: number;
}

/** Scratch memory: so many bytes for each thread, one after the other. */
export interface Scratch {
  readonly address: Address;
  readonly bytesPerThread: number;
}

export type Kernel = (
  args: Address,
  firstRow: number,
  endRow: number,
  firstChannel: number,
  endChannel: number,
  scratch: Address,
) => void;

/** Runs kernels to their end. */
export interface KernelRunner {
  /** How many threads there are scratch memory and parts for. */
  readonly threads: number;
  /** For tests: what a part has to take at least, in place of what is worthwhile. */
  readonly leastPartMicroseconds?: number | undefined;
  /** Work is about to come. */
  wake(): void;
  /** @throws RtfqError `DEVICE_LOST` where a thread does not come back: the memory is then no longer ours alone */
  run(work: Work, scratch: Scratch): void;
  /** Ends its other threads. */
  dispose(): void;
}

export function partCount({ rows, rowsPerPart, channels, channelsPerPart }: Work): number {
  return Math.ceil(rows / rowsPerPart) * Math.ceil(channels / channelsPerPart);
}

/** @param index from 0 to `partCount` */
export function runPart(kernel: Kernel, work: Work, index: number, scratch: Address): void {
  const { args, rows, rowsPerPart, channels, channelsPerPart } = work;
  const rowParts = Math.ceil(rows / rowsPerPart);
  const firstRow = (index % rowParts) * rowsPerPart;
  const firstChannel = Math.floor(index / rowParts) * channelsPerPart;
  const endRow = Math.min(rows, firstRow + rowsPerPart);
  const endChannel = Math.min(channels, firstChannel + channelsPerPart);
  kernel(args, firstRow, endRow, firstChannel, endChannel, scratch);
}

/** This thread, alone. */
export class SingleThread implements KernelRunner {
  readonly threads = 1;
  readonly #kernels: Readonly<Record<KernelName, Kernel | undefined>>;

  constructor(kernels: Readonly<Record<KernelName, Kernel | undefined>>) {
    this.#kernels = kernels;
  }

  wake(): void {}

  run({ kernel, args, rows, channels }: Work, { address }: Scratch): void {
    this.#kernels[kernel]!(args, 0, rows, 0, channels, address);
  }

  dispose(): void {}
}

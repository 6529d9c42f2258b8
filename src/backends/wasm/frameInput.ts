import type { KernelName } from '../../kernels/division.ts';
import type { AxisFilter, RgbaFrame } from '../../kernels/resize/contract.ts';
import { axisFilter, centreSquare } from '../../kernels/resize/filter.ts';
import {
  type FilterArgValues,
  filterArgBytes,
  writeFilterArgs,
} from '../../kernels/resize/filterArgs.ts';
import { SharedRegion } from './arena.ts';
import { cutWork } from './cutWork.ts';
import type { Address, Heap } from './heap.ts';
import type { KernelRunner, Scratch } from './work.ts';

// The kernels take taps, and pixels of an odd side, two at a time: they may touch one pixel past the end
// of a row's last taps and, in columns, one row past the last.
const slackBytes = 8;

const noScratch: Scratch = { address: 0, bytesPerThread: 0 };

interface ResidentFilter {
  /** i32 per output pixel. */
  readonly first: Address;
  /** i16, [output pixel][taps] */
  readonly weights: Address;
  readonly taps: number;
}

/** Everything that depends on the sizes of the frame and of the image, and not on the pixels. */
interface Geometry {
  /** The one block that holds both filters. */
  readonly address: Address;
  readonly horizontal: ResidentFilter;
  readonly vertical: ResidentFilter;
  /** The rows of the frame that the crop needs. */
  readonly firstRow: number;
  readonly rows: number;
}

/** Brings frames into linear memory and crops and resizes them there. */
export class FrameInput {
  readonly #heap: Heap;
  readonly #runner: KernelRunner;
  readonly #frame: SharedRegion;
  readonly #rows: SharedRegion;
  /** Of the pass that runs. */
  readonly #args: Address;
  /** The most recently used last. */
  readonly #geometries = new Map<string, Geometry>();

  constructor(heap: Heap, runner: KernelRunner) {
    this.#heap = heap;
    this.#runner = runner;
    this.#frame = new SharedRegion(heap);
    this.#rows = new SharedRegion(heap);
    this.#args = heap.allocate(filterArgBytes);
  }

  /** Writes side x side RGBX bytes to `to`. Equals `cropAndResize` of kernels/resize/reference.ts. */
  write(frame: RgbaFrame, cropFraction: number, side: number, to: Address): void {
    const geometry = this.#geometry(frame, cropFraction, side);
    const { horizontal, vertical, firstRow, rows } = geometry;
    const rowBytes = frame.width * 4;
    const pixels = frame.data.subarray(firstRow * rowBytes, (firstRow + rows) * rowBytes);
    const from = this.#frame.reserve(pixels.length + slackBytes);
    const between = this.#rows.reserve((rows + 1) * side * 4 + slackBytes);
    this.#heap.bytes.set(pixels, from);
    this.#filter('filterRows', rows, { ...horizontal, from, to: between, rowBytes, side });
    this.#filter('filterColumns', side, { ...vertical, from: between, to, rowBytes: 0, side });
  }

  #filter(kernel: KernelName, rows: number, values: FilterArgValues): void {
    writeFilterArgs(this.#heap.view, this.#args, values);
    const channels = 1; // a row of pixels is not divided
    const operations = rows * values.side * values.taps;
    const shape = { kernel, rows, channels, operations };
    const parts = cutWork(shape, this.#runner);
    this.#runner.run({ ...shape, ...parts, args: this.#args }, noScratch);
  }

  #geometry(frame: RgbaFrame, cropFraction: number, side: number): Geometry {
    const key = `${frame.width}x${frame.height} ${cropFraction} ${side}`;
    const known = this.#geometries.get(key);
    this.#geometries.delete(key);
    const geometry = known ?? this.#makeGeometry(frame, cropFraction, side);
    this.#geometries.set(key, geometry);
    this.#evict();
    return geometry;
  }

  #makeGeometry(frame: RgbaFrame, cropFraction: number, side: number): Geometry {
    const crop = centreSquare(frame.width, frame.height, cropFraction);
    const horizontal = axisFilter(crop.left, crop.side, side, frame.width);
    const vertical = axisFilter(crop.top, crop.side, side, frame.height);
    const firstRow = vertical.first.reduce((least, row) => Math.min(least, row));
    const lastRow = vertical.first.reduce((most, row) => Math.max(most, row));
    // Filters of rows count in bytes, filters of columns in rows of what was brought in.
    const parts = [
      horizontal.first.map((pixel) => pixel * 4),
      withEvenTaps(horizontal),
      vertical.first.map((row) => row - firstRow),
      withEvenTaps(vertical),
    ] as const;
    const address = this.#heap.allocate(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
    let at = address;
    const [rowFirst, rowWeights, columnFirst, columnWeights] = parts.map((part) => {
      const start = at;
      this.#heap.bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), start);
      at += part.byteLength;
      return start;
    });
    return {
      address,
      horizontal: { first: rowFirst!, weights: rowWeights!, taps: evenTaps(horizontal) },
      vertical: { first: columnFirst!, weights: columnWeights!, taps: evenTaps(vertical) },
      firstRow,
      rows: lastRow + vertical.taps - firstRow,
    };
  }

  // Frames of changing size must not fill the memory; a stream alternates among few sizes.
  #evict(): void {
    const kept = 16;
    if (this.#geometries.size <= kept) return;
    const [key, { address }] = this.#geometries.entries().next().value!;
    this.#geometries.delete(key);
    this.#heap.free(address);
  }
}

function evenTaps({ taps }: AxisFilter): number {
  return taps + (taps & 1);
}

/** The weights, each output pixel's filled up with a zero where their number is odd. */
function withEvenTaps(filter: AxisFilter): Int16Array<ArrayBuffer> {
  const outputs = filter.first.length;
  const taps = evenTaps(filter);
  const weights = new Int16Array(outputs * taps);
  for (let i = 0; i < outputs; i++) {
    weights.set(filter.weights.subarray(i * filter.taps, (i + 1) * filter.taps), i * taps);
  }
  return weights;
}

import type { AxisFilter, RgbaFrame } from '../../kernels/resize/contract.ts';
import { axisFilter, centreSquare } from '../../kernels/resize/filter.ts';
import { SharedRegion } from './arena.ts';
import type { KernelExports } from './engine.ts';
import type { Address, Heap } from './heap.ts';

// The kernels take taps, and pixels of an odd side, two at a time and may touch one pixel past an end.
const slackBytes = 8;

interface ResidentFilter {
  /** i32 per output pixel. */
  readonly first: Address;
  /** i16, [output pixel][taps] */
  readonly weights: Address;
  readonly taps: number;
}

/** Everything that depends on the sizes of the frame and of the image, and not on the pixels. */
interface Geometry {
  readonly key: string;
  readonly horizontal: ResidentFilter;
  readonly vertical: ResidentFilter;
  /** The rows of the frame that the crop needs. */
  readonly firstRow: number;
  readonly rows: number;
}

/** Brings frames into linear memory and crops and resizes them there. */
export class FrameInput {
  readonly #heap: Heap;
  readonly #kernels: KernelExports;
  readonly #frame: SharedRegion;
  readonly #rows: SharedRegion;
  /** The most recently used last. */
  readonly #geometries = new Map<string, Geometry>();

  constructor(heap: Heap, kernels: KernelExports) {
    this.#heap = heap;
    this.#kernels = kernels;
    this.#frame = new SharedRegion(heap);
    this.#rows = new SharedRegion(heap);
  }

  /** Writes side x side RGBX bytes to `to`. Equals `cropAndResize` of kernels/resize/reference.ts. */
  write(frame: RgbaFrame, cropFraction: number, side: number, to: () => Address): void {
    const geometry = this.#geometry(frame, cropFraction, side);
    const { horizontal, vertical, firstRow, rows } = geometry;
    const rowBytes = frame.width * 4;
    const pixels = frame.data.subarray(firstRow * rowBytes, (firstRow + rows) * rowBytes);
    const from = this.#frame.reserve(pixels.length + slackBytes);
    const between = this.#rows.reserve(rows * side * 4 + slackBytes);
    this.#heap.bytes.set(pixels, from);
    this.#kernels.filterRows(
      from,
      between,
      rows,
      rowBytes,
      side,
      horizontal.first,
      horizontal.weights,
      horizontal.taps,
    );
    this.#kernels.filterColumns(
      between,
      to(),
      side,
      vertical.first,
      vertical.weights,
      vertical.taps,
    );
  }

  #geometry(frame: RgbaFrame, cropFraction: number, side: number): Geometry {
    const key = `${frame.width}x${frame.height} ${cropFraction} ${side}`;
    const known = this.#geometries.get(key);
    this.#geometries.delete(key);
    const geometry = known ?? this.#makeGeometry(key, frame, cropFraction, side);
    this.#geometries.set(key, geometry);
    this.#evict();
    return geometry;
  }

  #makeGeometry(key: string, frame: RgbaFrame, cropFraction: number, side: number): Geometry {
    const crop = centreSquare(frame.width, frame.height, cropFraction);
    const horizontal = axisFilter(crop.left, crop.side, side, frame.width);
    const vertical = axisFilter(crop.top, crop.side, side, frame.height);
    const firstRow = vertical.first.reduce((least, row) => Math.min(least, row));
    const lastRow = vertical.first.reduce((most, row) => Math.max(most, row));
    return {
      key,
      // Filters of rows count in bytes, filters of columns in rows of what was brought in.
      horizontal: this.#store(horizontal, (pixel) => pixel * 4),
      vertical: this.#store(vertical, (row) => row - firstRow),
      firstRow,
      rows: lastRow + vertical.taps - firstRow,
    };
  }

  #store(filter: AxisFilter, toOffset: (first: number) => number): ResidentFilter {
    const outputs = filter.first.length;
    const taps = filter.taps + (filter.taps & 1);
    const weights = new Int16Array(outputs * taps);
    for (let i = 0; i < outputs; i++) {
      const row = filter.weights.subarray(i * filter.taps, (i + 1) * filter.taps);
      weights.set(row, i * taps);
    }
    return {
      first: this.#heap.store(filter.first.map(toOffset)),
      weights: this.#heap.store(weights),
      taps,
    };
  }

  // Frames of changing size must not fill the memory; a stream alternates among few sizes.
  #evict(): void {
    const kept = 16;
    if (this.#geometries.size <= kept) return;
    const [key, { horizontal, vertical }] = this.#geometries.entries().next().value!;
    this.#geometries.delete(key);
    for (const { first, weights } of [horizontal, vertical]) {
      this.#heap.free(first);
      this.#heap.free(weights);
    }
  }
}

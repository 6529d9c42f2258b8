import type { HeldFrame } from '../../frames/frame.ts';
import type { RgbaFrame } from '../../kernels/resize/contract.ts';
import { axisFilter, centreSquare } from '../../kernels/resize/filter.ts';
import { type FrameLayout, type FrameMemory, layoutOf, type RowRange } from './frameMemory.ts';
import type { Gpu } from './gpu.ts';
import { GrowingBuffer } from './growingBuffer.ts';
import { ResizePass } from './resizePass.ts';
import { type FrameSourceName, shaders } from './shaders.ts';

// Frames of changing size must not fill the memory; a stream alternates among few sizes.
const keptGeometries = 16;

/** Everything that depends on the sizes of the frame and of the image, and not on the pixels. */
interface Geometry extends RowRange {
  readonly rows: ResizePass;
  readonly columns: ResizePass;
}

/** Crops and resizes frames on the GPU: equals `cropAndResize` of kernels/resize/reference.ts. */
export class FrameInput {
  readonly #gpu: Gpu;
  readonly #memory: FrameMemory;
  readonly #pipelines = new Map<FrameSourceName, GPUComputePipeline>();
  /** The most recently used last. */
  readonly #geometries = new Map<string, Geometry>();
  readonly #between: GrowingBuffer;

  private constructor(gpu: Gpu, memory: FrameMemory) {
    this.#gpu = gpu;
    this.#memory = memory;
    this.#between = new GrowingBuffer(gpu.device, GPUBufferUsage.STORAGE);
  }

  static async open(gpu: Gpu, memory: FrameMemory): Promise<FrameInput> {
    const input = new FrameInput(gpu, memory);
    const usual = ['frameBuffer', 'frameTexture', 'frameRows'] as const;
    await Promise.all(usual.map((kernel) => input.#build(kernel)));
    return input;
  }

  /** Whether a frame needs no trip through the CPU. */
  reads(frame: HeldFrame): boolean {
    return this.#memory.reads(frame);
  }

  /**
   * Builds what such a frame needs and others have not needed.
   * @returns null where all is there: then nothing has to be waited for
   * @throws RtfqError `UNSUPPORTED_IMAGE`
   */
  prepare(frame: RgbaFrame | HeldFrame): Promise<void> | null {
    const { kernel } = layoutOf(frame);
    return this.#pipelines.has(kernel) ? null : this.#build(kernel);
  }

  /**
   * Records what writes side x side words, of signed bytes, to `image`. The frame has been prepared for; the
   * recording is to be submitted before anything else is done with tfjs.
   */
  record(
    encoder: GPUComputePassEncoder,
    frame: RgbaFrame | HeldFrame,
    cropFraction: number,
    side: number,
    image: GPUBufferBinding,
  ): void {
    const layout = layoutOf(frame);
    const geometry = this.#geometry(layout, cropFraction, side);
    const source = this.#memory.hold(frame, geometry);
    const between = this.#between.atLeast(geometry.rowCount * side * 4);
    const pipeline = this.#pipelines.get(layout.kernel)!;
    geometry.rows.record(encoder, pipeline, { buffer: between }, source);
    geometry.columns.record(encoder, this.#pipelines.get('frameRows')!, image, between);
  }

  dispose(): void {
    this.#memory.dispose();
    this.#between.destroy();
    for (const geometry of this.#geometries.values()) disposeGeometry(geometry);
    this.#geometries.clear();
  }

  async #build(kernel: FrameSourceName): Promise<void> {
    const { pipelines } = this.#gpu;
    const built = pipelines.get(`resize ${kernel}`, () => shaders.resize(kernel), 'auto');
    this.#pipelines.set(kernel, await this.#gpu.orLost(built));
  }

  #geometry(layout: FrameLayout, cropFraction: number, side: number): Geometry {
    const { width, height, channels } = layout;
    const key = `${width}x${height}x${channels} ${cropFraction} ${side}`;
    const geometry = this.#geometries.get(key) ?? this.#makeGeometry(layout, cropFraction, side);
    this.#geometries.delete(key);
    this.#geometries.set(key, geometry);
    if (this.#geometries.size > keptGeometries) {
      const [oldest, evicted] = this.#geometries.entries().next().value!;
      this.#geometries.delete(oldest);
      disposeGeometry(evicted);
    }
    return geometry;
  }

  #makeGeometry(
    { width, height, channels }: FrameLayout,
    cropFraction: number,
    side: number,
  ): Geometry {
    const crop = centreSquare(width, height, cropFraction);
    const horizontal = axisFilter(crop.left, crop.side, side, width);
    const vertical = axisFilter(crop.top, crop.side, side, height);
    const firstRow = Math.min(...vertical.first);
    const rowCount = Math.max(...vertical.first) + vertical.taps - firstRow;
    const shifted = { ...vertical, first: vertical.first.map((row) => row - firstRow) };
    const out = { outWidth: side, channels };
    return {
      rows: new ResizePass(this.#gpu, horizontal, {
        ...out,
        outHeight: rowCount,
        sourceWidth: width,
        firstRow,
      }),
      columns: new ResizePass(this.#gpu, shifted, {
        ...out,
        outHeight: side,
        sourceWidth: side,
        firstRow: 0,
      }),
      firstRow,
      rowCount,
    };
  }
}

function disposeGeometry({ rows, columns }: Geometry): void {
  rows.dispose();
  columns.dispose();
}

import type { AxisFilter, RgbaFrame } from '../../kernels/resize/contract.ts';
import { axisFilter, centreSquare } from '../../kernels/resize/filter.ts';
import type { Gpu } from './gpu.ts';
import { type FrameSourceName, shaders } from './shaders.ts';

const threads = 64;
// Frames of changing size must not fill the memory; a stream alternates among few sizes.
const keptGeometries = 16;

/** One pass of the filter, along one axis. */
interface Pass {
  readonly params: GPUBuffer;
  readonly first: GPUBuffer;
  readonly weights: GPUBuffer;
  readonly workgroups: readonly [number, number];
}

/** Everything that depends on the sizes of the frame and of the image, and not on the pixels. */
interface Geometry {
  readonly rows: Pass;
  readonly columns: Pass;
  /** The rows of the frame that the crop needs. */
  readonly firstRow: number;
  readonly rowCount: number;
}

/** A picture on the GPU, at its natural size. */
export interface FrameTexture {
  readonly texture: GPUTexture;
  readonly width: number;
  readonly height: number;
}

/** Where an image is written to. */
export interface ImagePlace {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

/** Crops and resizes frames on the GPU: equals `cropAndResize` of kernels/resize/reference.ts. */
export class FrameInput {
  readonly #gpu: Gpu;
  readonly #pipelines: Readonly<Record<FrameSourceName, GPUComputePipeline>>;
  /** The most recently used last. */
  readonly #geometries = new Map<string, Geometry>();
  #frame: GPUBuffer | null = null;
  #between: GPUBuffer | null = null;

  private constructor(gpu: Gpu, pipelines: Readonly<Record<FrameSourceName, GPUComputePipeline>>) {
    this.#gpu = gpu;
    this.#pipelines = pipelines;
  }

  static async open(gpu: Gpu): Promise<FrameInput> {
    const build = (source: FrameSourceName) =>
      gpu.orLost(gpu.pipelines.get(`resize ${source}`, () => shaders.resize(source), 'auto'));
    const [frameBuffer, frameTexture, frameRows] = await Promise.all([
      build('frameBuffer'),
      build('frameTexture'),
      build('frameRows'),
    ]);
    return new FrameInput(gpu, { frameBuffer, frameTexture, frameRows });
  }

  /** Records what writes side x side words, of signed bytes, to `image`. */
  record(
    pass: GPUComputePassEncoder,
    frame: RgbaFrame | FrameTexture,
    cropFraction: number,
    side: number,
    image: ImagePlace,
  ): void {
    const { rows, columns, firstRow, rowCount } = this.#geometry(frame, cropFraction, side);
    this.#between = this.#atLeast(this.#between, rowCount * side * 4);
    const between = { buffer: this.#between };
    if ('texture' in frame) {
      this.#dispatch(pass, 'frameTexture', rows, between, frame.texture.createView());
    } else {
      const source = { buffer: this.#upload(frame, firstRow, rowCount) };
      this.#dispatch(pass, 'frameBuffer', rows, between, source);
    }
    this.#dispatch(pass, 'frameRows', columns, image, between);
  }

  dispose(): void {
    this.#frame?.destroy();
    this.#between?.destroy();
    for (const geometry of this.#geometries.values()) disposeGeometry(geometry);
    this.#geometries.clear();
  }

  #dispatch(
    encoder: GPUComputePassEncoder,
    source: FrameSourceName,
    { params, first, weights, workgroups }: Pass,
    output: GPUBindingResource,
    input: GPUBindingResource,
  ): void {
    const pipeline = this.#pipelines[source];
    const resources = [{ buffer: params }, { buffer: first }, { buffer: weights }, output, input];
    encoder.setPipeline(pipeline);
    encoder.setBindGroup(
      0,
      this.#gpu.device.createBindGroup({
        layout: pipeline.getBindGroupLayout(0),
        entries: resources.map((resource, binding) => ({ binding, resource })),
      }),
    );
    encoder.dispatchWorkgroups(...workgroups);
  }

  #upload({ data, width }: RgbaFrame, firstRow: number, rowCount: number): GPUBuffer {
    const rowBytes = 4 * width;
    this.#frame = this.#atLeast(this.#frame, rowCount * rowBytes);
    this.#gpu.device.queue.writeBuffer(
      this.#frame,
      0,
      data.buffer as ArrayBuffer,
      data.byteOffset + firstRow * rowBytes,
      rowCount * rowBytes,
    );
    return this.#frame;
  }

  #atLeast(buffer: GPUBuffer | null, size: number): GPUBuffer {
    if (buffer !== null && buffer.size >= size) return buffer;
    buffer?.destroy();
    return this.#gpu.device.createBuffer({
      size,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST,
    });
  }

  #geometry(frame: RgbaFrame | FrameTexture, cropFraction: number, side: number): Geometry {
    const key = `${frame.width}x${frame.height} ${cropFraction} ${side}`;
    const geometry = this.#geometries.get(key) ?? this.#makeGeometry(frame, cropFraction, side);
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
    { width, height }: Pick<RgbaFrame, 'width' | 'height'>,
    cropFraction: number,
    side: number,
  ): Geometry {
    const crop = centreSquare(width, height, cropFraction);
    const horizontal = axisFilter(crop.left, crop.side, side, width);
    const vertical = axisFilter(crop.top, crop.side, side, height);
    const firstRow = Math.min(...vertical.first);
    const rowCount = Math.max(...vertical.first) + vertical.taps - firstRow;
    const shifted = { ...vertical, first: vertical.first.map((row) => row - firstRow) };
    return {
      rows: this.#makePass(horizontal, side, rowCount, width, firstRow),
      columns: this.#makePass(shifted, side, side, side, 0),
      firstRow,
      rowCount,
    };
  }

  #makePass(
    { first, weights, taps }: AxisFilter,
    outWidth: number,
    outHeight: number,
    sourceWidth: number,
    firstRow: number,
  ): Pass {
    const params = new Uint32Array([outWidth, outHeight, sourceWidth, firstRow, taps]);
    return {
      params: this.#gpu.store(params, GPUBufferUsage.UNIFORM),
      first: this.#gpu.store(Uint32Array.from(first), GPUBufferUsage.STORAGE),
      weights: this.#gpu.store(Float32Array.from(weights), GPUBufferUsage.STORAGE),
      workgroups: [Math.ceil(outWidth / threads), outHeight],
    };
  }
}

function disposeGeometry({ rows, columns }: Geometry): void {
  for (const { params, first, weights } of [rows, columns]) {
    params.destroy();
    first.destroy();
    weights.destroy();
  }
}

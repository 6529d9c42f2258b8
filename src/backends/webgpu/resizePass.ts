import type { AxisFilter } from '../../kernels/resize/contract.ts';
import type { Gpu } from './gpu.ts';

const threads = 64;

export interface PassSizes {
  readonly outWidth: number;
  readonly outHeight: number;
  readonly sourceWidth: number;
  readonly firstRow: number;
  readonly channels: number;
}

/** What a pass was last bound to. */
interface Bound {
  readonly pipeline: GPUComputePipeline;
  readonly output: GPUBufferBinding;
  readonly input: GPUBuffer | GPUTexture;
  readonly group: GPUBindGroup;
}

/** One pass of the filter, along one axis. Frames of one size are read by the same bind group. */
export class ResizePass {
  readonly #gpu: Gpu;
  readonly #params: GPUBuffer;
  readonly #first: GPUBuffer;
  readonly #weights: GPUBuffer;
  readonly #workgroups: readonly [number, number];
  #bound: Bound | null = null;

  constructor(
    gpu: Gpu,
    { first, weights, taps }: AxisFilter,
    { outWidth, outHeight, sourceWidth, firstRow, channels }: PassSizes,
  ) {
    const params = new Uint32Array([outWidth, outHeight, sourceWidth, firstRow, taps, channels]);
    this.#gpu = gpu;
    this.#params = gpu.store(params, GPUBufferUsage.UNIFORM);
    this.#first = gpu.store(Uint32Array.from(first), GPUBufferUsage.STORAGE);
    this.#weights = gpu.store(Float32Array.from(weights), GPUBufferUsage.STORAGE);
    this.#workgroups = [Math.ceil(outWidth / threads), outHeight];
  }

  record(
    encoder: GPUComputePassEncoder,
    pipeline: GPUComputePipeline,
    output: GPUBufferBinding,
    input: GPUBuffer | GPUTexture,
  ): void {
    encoder.setPipeline(pipeline);
    encoder.setBindGroup(0, this.#groupFor(pipeline, output, input));
    encoder.dispatchWorkgroups(...this.#workgroups);
  }

  dispose(): void {
    this.#params.destroy();
    this.#first.destroy();
    this.#weights.destroy();
  }

  #groupFor(
    pipeline: GPUComputePipeline,
    output: GPUBufferBinding,
    input: GPUBuffer | GPUTexture,
  ): GPUBindGroup {
    const last = this.#bound;
    const isSame =
      last?.pipeline === pipeline &&
      last.input === input &&
      last.output.buffer === output.buffer &&
      last.output.offset === output.offset;
    if (isSame) return last.group;
    const resources: readonly GPUBindingResource[] = [
      { buffer: this.#params },
      { buffer: this.#first },
      { buffer: this.#weights },
      output,
      'createView' in input ? input.createView() : { buffer: input },
    ];
    const group = this.#gpu.device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: resources.map((resource, binding) => ({ binding, resource })),
    });
    this.#bound = { pipeline, output, input, group };
    return group;
  }
}

import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import type { TensorImage } from '../../frames/frame.ts';
import { argBytes, writeArgs } from '../../kernels/argBlock.ts';
import { featuresOf, type Plan } from '../../network/plan.ts';
import type { Gpu } from './gpu.ts';
import { shaders } from './shaders.ts';
import { storedShift, wordsOf } from './storage.ts';

const threads = 64;

/** The fields of `Dequantize` in kernels/dequantize/dequantize.wgsl. */
const dequantizeFields = {
  values: 'i32',
  channels: 'i32',
  words: 'i32',
  storedShift: 'i32',
  step: 'f32',
} as const;

/** Part of a buffer, in bytes. */
type Place = Required<GPUBufferBinding>;

/** Tensors of tfjs's webgpu backend, in and out, without leaving the GPU. */
export class Tensors {
  readonly #gpu: Gpu;
  readonly #tfjs: WebGPUBackend;
  /** What tfjs copies a tensor from; of the size of the last one. */
  #outgoing: GPUBuffer | null = null;

  constructor(gpu: Gpu, tfjs: WebGPUBackend) {
    this.#gpu = gpu;
    this.#tfjs = tfjs;
  }

  /** Whether its values are on this device: those of a new tensor are on the CPU until tfjs has used it. */
  holds(tensor: TensorImage): tensor is Tensor {
    if (!('dataId' in tensor)) return false;
    const { tensorMap } = this.#tfjs;
    const id = tensor.dataId as Tensor['dataId'];
    return tensorMap.has(id) && tensorMap.get(id).resource instanceof GPUBuffer;
  }

  /** Submits what tfjs has still to do for it. @returns memory that tfjs takes back with its next work */
  copyOf(tensor: TensorImage): GPUBuffer {
    const { buffer, tensorRef } = (tensor as Tensor).dataToGPU();
    tensorRef.dispose();
    return buffer!;
  }

  /** Submits what was recorded, and makes a tensor of f32 that it wrote. */
  submitFloats(encoder: GPUCommandEncoder, from: Place, length: number): Tensor1D {
    const to = this.#outgoingFor(length);
    encoder.copyBufferToBuffer(from.buffer, from.offset, to, 0, 4 * length);
    return this.#submit(encoder, to, length);
  }

  /** What `submitFeatures` runs. */
  featuresKernel(): Promise<GPUComputePipeline> {
    const { pipelines } = this.#gpu;
    return this.#gpu.orLost(pipelines.get('dequantize', shaders.dequantize, 'auto'));
  }

  /** Submits what was recorded, and makes a tensor of what the last layer read, which was written to `from`. */
  submitFeatures(
    encoder: GPUCommandEncoder,
    pipeline: GPUComputePipeline,
    plan: Plan,
    from: Place,
  ): Tensor1D {
    const { id, step } = featuresOf(plan);
    const { height, width, channels } = plan.tensors[id]!;
    const length = height * width * channels;
    const to = this.#outgoingFor(length);
    const params = new DataView(new ArrayBuffer(argBytes(dequantizeFields)));
    writeArgs(params, 0, dequantizeFields, {
      values: length,
      channels,
      words: wordsOf(channels),
      storedShift: storedShift(plan, id),
      step,
    });
    const uniforms = this.#gpu.store(params, GPUBufferUsage.UNIFORM);
    const resources = [{ buffer: uniforms }, from, { buffer: to }];
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(
      0,
      this.#gpu.device.createBindGroup({
        layout: pipeline.getBindGroupLayout(0),
        entries: resources.map((resource, binding) => ({ binding, resource })),
      }),
    );
    pass.dispatchWorkgroups(Math.ceil(length / threads));
    pass.end();
    const tensor = this.#submit(encoder, to, length);
    uniforms.destroy();
    return tensor;
  }

  dispose(): void {
    this.#outgoing?.destroy();
  }

  /** tfjs copies what it is to own, at once. */
  #submit(encoder: GPUCommandEncoder, buffer: GPUBuffer, length: number): Tensor1D {
    this.#gpu.device.queue.submit([encoder.finish()]);
    return this.#tfjs.createTensorFromGPUData({ buffer }, [length], 'float32') as Tensor1D;
  }

  #outgoingFor(length: number): GPUBuffer {
    if (this.#outgoing?.size === 4 * length) return this.#outgoing;
    this.#outgoing?.destroy();
    this.#outgoing = this.#gpu.device.createBuffer({
      size: 4 * length,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
    return this.#outgoing;
  }
}

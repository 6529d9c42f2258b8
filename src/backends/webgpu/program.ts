import type { Tensor1D } from '@tensorflow/tfjs-core';
import { RtfqError } from '../../errors.ts';
import { type HeldFrame, isTexture } from '../../frames/frame.ts';
import type { RgbaFrame } from '../../kernels/resize/contract.ts';
import { featuresOf, outputsOf, type Plan, type TensorId } from '../../network/plan.ts';
import { type ArenaLayout, layOutTensors } from '../arenaLayout.ts';
import type { DeviceProgram, ObserveTensor, OutputName } from '../backend.ts';
import type { FrameInput } from './frameInput.ts';
import { type Gpu, offsetAlignment } from './gpu.ts';
import type { GpuStep } from './layers.ts';
import type { Readback } from './readback.ts';
import { fromStored, tensorBytes } from './storage.ts';
import type { Tensors } from './tensors.ts';

// What a device offers at least, in each dimension.
const maxWorkgroups = 65_535;

/** What all programs of a backend share. */
export interface WebgpuDevice {
  readonly gpu: Gpu;
  readonly frames: FrameInput;
  readonly tensors: Tensors;
  readonly readback: Readback;
}

/** A plan on the GPU: a frame is one submission. */
export class WebgpuProgram implements DeviceProgram {
  readonly plan: Plan;
  readonly #device: WebgpuDevice;
  readonly #steps: readonly GpuStep[];
  readonly #layout: ArenaLayout;
  /** Arguments and channels of all steps, each at a multiple of the alignment. */
  readonly #tables: GPUBuffer;
  readonly #places: readonly StepPlace[];
  #bindGroups: readonly GPUBindGroup[] = [];
  /** The arena that bind groups were made for: it is replaced when another program needs a larger one. */
  #boundTo: GPUBuffer | null = null;

  constructor(plan: Plan, steps: readonly GpuStep[], device: WebgpuDevice) {
    this.plan = plan;
    this.#steps = steps;
    this.#device = device;
    this.#layout = layOutTensors(
      plan,
      plan.tensors.map((_, id) => aligned(tensorBytes(plan, id))),
    );
    const { bytes, places } = joinTables(steps);
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.STORAGE;
    this.#tables = device.gpu.store(bytes, usage);
    this.#places = places;
    this.#bind();
  }

  reads(frame: HeldFrame): boolean {
    return this.#device.frames.reads(frame);
  }

  async run(frame: RgbaFrame | HeldFrame, observe?: ObserveTensor): Promise<Float32Array> {
    if (observe !== undefined) await this.#runObserved(frame, observe);
    const id = this.plan.logits;
    const bytes = await this.#runAll(frame, (encoder) =>
      this.#device.readback.submit(encoder, this.#place(id)),
    );
    return fromStored(this.plan, id, bytes) as Float32Array;
  }

  async runToTensor(frame: RgbaFrame | HeldFrame, output: OutputName): Promise<Tensor1D> {
    const { plan } = this;
    const { tensors } = this.#device;
    if (output === 'logits') {
      const { channels } = plan.tensors[plan.logits]!;
      return this.#runAll(frame, (encoder) =>
        tensors.submitFloats(encoder, this.#place(plan.logits), channels),
      );
    }
    const kernel = await tensors.featuresKernel();
    return this.#runAll(frame, (encoder) =>
      tensors.submitFeatures(encoder, kernel, plan, this.#place(featuresOf(plan).id)),
    );
  }

  dispose(): void {
    this.#tables.destroy();
    this.#bindGroups = [];
  }

  /**
   * Records all that a frame takes.
   * @param submit has the recording submitted before it returns
   */
  #runAll<T>(
    frame: RgbaFrame | HeldFrame,
    submit: (encoder: GPUCommandEncoder) => T | Promise<T>,
  ): Promise<T> {
    const { gpu, frames } = this.#device;
    const record = () => {
      const encoder = gpu.device.createCommandEncoder();
      this.#record(encoder, frame, 0, this.#steps.length);
      return submit(encoder);
    };
    const run = async () => {
      const preparing = frames.prepare(frame);
      if (preparing !== null) await preparing;
      return isTexture(frame) ? gpu.checked(record).catch(refuseTexture) : record();
    };
    return gpu.orLost(run());
  }

  /** Step by step, because tensors share memory. */
  async #runObserved(frame: RgbaFrame | HeldFrame, observe: ObserveTensor): Promise<void> {
    const { plan } = this;
    await this.#device.frames.prepare(frame);
    await this.#observe(0, 0, [plan.image], frame, observe);
    for (const [i, step] of plan.steps.entries()) {
      await this.#observe(i, i + 1, outputsOf(step), null, observe);
    }
  }

  async #observe(
    from: number,
    to: number,
    ids: readonly TensorId[],
    frame: RgbaFrame | HeldFrame | null,
    observe: ObserveTensor,
  ): Promise<void> {
    const { gpu, readback } = this.#device;
    let encoder = gpu.device.createCommandEncoder();
    this.#record(encoder, frame, from, to);
    for (const id of ids) {
      const bytes = await readback.submit(encoder, this.#place(id));
      encoder = gpu.device.createCommandEncoder();
      // The image is observed as the bytes that it came as.
      observe(id, fromStored(this.plan, id, bytes));
    }
  }

  #record(
    encoder: GPUCommandEncoder,
    frame: RgbaFrame | HeldFrame | null,
    from: number,
    to: number,
  ): void {
    this.#bind();
    const pass = encoder.beginComputePass();
    if (frame !== null) {
      const { plan } = this;
      const { cropFraction, subnet } = plan;
      const image = this.#place(plan.image);
      this.#device.frames.record(pass, frame, cropFraction, subnet.resolution, image);
    }
    for (let i = from; i < to; i++) {
      const { pipeline, workgroups } = this.#steps[i]!;
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, this.#bindGroups[i]!);
      const across = Math.min(workgroups, maxWorkgroups);
      pass.dispatchWorkgroups(across, Math.ceil(workgroups / across));
    }
    pass.end();
  }

  /** Makes bind groups, for a new program and after the arena was replaced. */
  #bind(): void {
    const { gpu } = this.#device;
    const arena = gpu.arena(this.#layout.sizeBytes);
    if (arena === this.#boundTo) return;
    const tensor = (id: TensorId | null, unusedPlace: number) =>
      id === null
        ? { buffer: gpu.unused, offset: unusedPlace * offsetAlignment, size: offsetAlignment }
        : this.#place(id);
    this.#bindGroups = this.#steps.map(({ step, weights }, i) => {
      const { args, channels } = this.#places[i]!;
      const isLayer = step.kind === 'layer';
      const resources = [
        { buffer: this.#tables, ...args },
        tensor(isLayer ? step.input : null, 0),
        weights ?? { buffer: this.#tables, ...args },
        { buffer: this.#tables, ...channels },
        tensor(isLayer ? step.residual : step.input, 1),
        tensor(isLayer ? step.floatOutput : null, 2),
        tensor(step.integerOutput, 3),
      ];
      return gpu.device.createBindGroup({
        layout: gpu.pipelines.layerLayout,
        entries: resources.map((resource, binding) => ({ binding, resource })),
      });
    });
    this.#boundTo = arena;
  }

  #place(id: TensorId) {
    return {
      buffer: this.#device.gpu.arena(this.#layout.sizeBytes),
      offset: this.#layout.offsets[id]!,
      size: tensorBytes(this.plan, id),
    };
  }
}

/** Of its own kind, size and device, a texture is the only thing here that a host can get wrong. */
function refuseTexture(thrown: unknown): never {
  const { code, got } = RtfqError.from(thrown);
  if (code !== 'INTERNAL') throw thrown;
  throw new RtfqError('UNSUPPORTED_IMAGE', 'the GPU cannot read the texture', {
    got,
    expected: "a texture of tfjs's device, for TEXTURE_BINDING, that was not destroyed",
    cause: thrown,
  });
}

interface Range {
  readonly offset: number;
  readonly size: number;
}

interface StepPlace {
  readonly args: Range;
  readonly channels: Range;
}

function joinTables(steps: readonly GpuStep[]) {
  const parts: ArrayBuffer[] = [];
  let end = 0;
  const add = (part: ArrayBuffer): Range => {
    const offset = end;
    parts.push(part);
    end += aligned(part.byteLength);
    return { offset, size: part.byteLength };
  };
  const places = steps.map(({ args, channels }): StepPlace => {
    const argsRange = add(args);
    // A step without channels binds its arguments in their place, as one without weights does, and reads neither.
    return { args: argsRange, channels: channels === null ? argsRange : add(channels) };
  });
  const bytes = new Uint8Array(end);
  let at = 0;
  for (const part of parts) {
    bytes.set(new Uint8Array(part), at);
    at += aligned(part.byteLength);
  }
  return { bytes, places };
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / offsetAlignment) * offsetAlignment;
}

import { RtfqError } from '../../errors.ts';
import type { TfjsDevice } from './tfjsDevice.ts';

/** A device, and what all of the backend's programs share on it. */
export class Gpu {
  readonly device: GPUDevice;
  readonly layerLayout: GPUBindGroupLayout;
  /** Bound in place of outputs and residuals that a layer does not have; each at an offset of its own. */
  readonly unused: GPUBuffer;
  /** Rejects with `DEVICE_LOST`; never resolves. */
  readonly lost: Promise<never>;
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();
  #arena: GPUBuffer | null = null;
  #pipelineCount = 0;

  constructor({ device }: TfjsDevice) {
    this.device = device;
    this.layerLayout = device.createBindGroupLayout({ entries: layerBindings() });
    this.unused = device.createBuffer({
      size: unusedPlaces * offsetAlignment,
      usage: GPUBufferUsage.STORAGE,
    });
    this.lost = device.lost.then((info) => {
      throw deviceLost(info);
    });
    this.lost.catch(() => {}); // heard by those who wait for the device
  }

  /** How many pipelines were ever built: none must be while frames run. */
  get pipelineCount(): number {
    return this.#pipelineCount;
  }

  /** The activations' memory; another buffer once a larger one is asked for. */
  arena(sizeBytes: number): GPUBuffer {
    if (this.#arena === null || this.#arena.size < sizeBytes) {
      this.#arena?.destroy();
      this.#arena = this.device.createBuffer({
        size: sizeBytes,
        usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC,
      });
    }
    return this.#arena;
  }

  /** A buffer that holds these bytes, for shaders to read. */
  store(bytes: ArrayBuffer | ArrayBufferView<ArrayBuffer>, usage: number): GPUBuffer {
    const size = Math.ceil(bytes.byteLength / 4) * 4;
    const buffer = this.device.createBuffer({ size, usage: usage | GPUBufferUsage.COPY_DST });
    const { buffer: source, byteOffset } = ArrayBuffer.isView(bytes)
      ? bytes
      : { buffer: bytes, byteOffset: 0 };
    if (size === bytes.byteLength) {
      this.device.queue.writeBuffer(buffer, 0, source, byteOffset, size);
    } else {
      const padded = new Uint8Array(size);
      padded.set(new Uint8Array(source, byteOffset, bytes.byteLength));
      this.device.queue.writeBuffer(buffer, 0, padded);
    }
    return buffer;
  }

  /** Built once per key, off the page's thread. @throws RtfqError `DEVICE_LOST` */
  pipeline(
    key: string,
    code: () => string,
    layout: GPUBindGroupLayout | null,
  ): Promise<GPUComputePipeline> {
    const known = this.#pipelines.get(key);
    if (known !== undefined) return known;
    this.#pipelineCount += 1;
    const module = this.device.createShaderModule({ label: key, code: code() });
    const built = this.device.createComputePipelineAsync({
      label: key,
      layout:
        layout === null ? 'auto' : this.device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: 'main' },
    });
    const explained = built.catch(async (cause: Error) => {
      throw await refusedShader(key, module, cause);
    });
    const pipeline = Promise.race([explained, this.lost]);
    this.#pipelines.set(key, pipeline);
    pipeline.catch(() => this.#pipelines.delete(key));
    return pipeline;
  }

  /**
   * Does work that makes objects of the device, and asks whether the device could.
   * @throws RtfqError `OUT_OF_MEMORY` | `DEVICE_LOST` | `INTERNAL` for what the device refuses
   */
  async checked<T>(work: () => T | Promise<T>): Promise<T> {
    const { device } = this;
    device.pushErrorScope('validation');
    device.pushErrorScope('out-of-memory');
    // Scopes nest by time: what is awaited within them would mix with other work's.
    const made = work();
    const scopes = Promise.all([device.popErrorScope(), device.popErrorScope()]);
    const [memory, validation] = await Promise.race([scopes, this.lost]);
    if (memory !== null) {
      throw new RtfqError('OUT_OF_MEMORY', 'the GPU has no memory left', { got: memory.message });
    }
    if (validation !== null) {
      throw new RtfqError('INTERNAL', 'the GPU refuses a command', { got: validation.message });
    }
    return made;
  }

  dispose(): void {
    this.#arena?.destroy();
    this.unused.destroy();
    this.#pipelines.clear();
  }
}

/** What bind group offsets must be multiples of, on every device: the default of both limits. */
export const offsetAlignment = 256;
const unusedPlaces = 4;

/** See kernels/layer.wgsl. Tensors share a buffer, and a dispatch may not bind one as both read and written. */
function layerBindings(): GPUBindGroupLayoutEntry[] {
  const types: readonly GPUBufferBindingType[] = [
    'uniform',
    'storage',
    'read-only-storage',
    'read-only-storage',
    'storage',
    'storage',
    'storage',
  ];
  return types.map((type, binding) => ({
    binding,
    visibility: GPUShaderStage.COMPUTE,
    buffer: { type },
  }));
}

async function refusedShader(
  key: string,
  module: GPUShaderModule,
  cause: Error,
): Promise<RtfqError> {
  const { messages } = await module.getCompilationInfo();
  const got = messages.map(({ lineNum, message }) => `line ${lineNum}: ${message}`).join('; ');
  return new RtfqError('INTERNAL', `the GPU refuses the kernel ${key}`, {
    got: got || cause.message,
    cause,
  });
}

function deviceLost({ reason, message }: GPUDeviceLostInfo): RtfqError {
  return new RtfqError('DEVICE_LOST', 'the GPU was lost', {
    got: [reason, message].filter(Boolean).join(': '),
    hint: 'the session opens another backend by itself and repeats the frame',
  });
}

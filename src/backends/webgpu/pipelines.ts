import { RtfqError } from '../../errors.ts';

/** The compiled kernels of a device, shared by all that runs on it. */
export class Pipelines {
  static readonly #ofDevice = new WeakMap<GPUDevice, Pipelines>();

  readonly layerLayout: GPUBindGroupLayout;
  readonly #device: GPUDevice;
  readonly #built = new Map<string, Promise<GPUComputePipeline>>();

  private constructor(device: GPUDevice) {
    this.#device = device;
    this.layerLayout = device.createBindGroupLayout({ entries: layerBindings() });
  }

  static of(device: GPUDevice): Pipelines {
    const known = Pipelines.#ofDevice.get(device) ?? new Pipelines(device);
    Pipelines.#ofDevice.set(device, known);
    return known;
  }

  /** How many were ever built. */
  get count(): number {
    return this.#built.size;
  }

  /**
   * Built once per key, off this thread.
   * @param layout 'auto' for kernels that are not a layer's
   * @throws RtfqError `INTERNAL` with what the device says against the kernel
   */
  get(
    key: string,
    code: () => string,
    layout: GPUBindGroupLayout | 'auto' = this.layerLayout,
  ): Promise<GPUComputePipeline> {
    const built = this.#built.get(key) ?? this.#build(key, code(), layout);
    this.#built.set(key, built);
    built.catch(() => this.#built.delete(key));
    return built;
  }

  async #build(
    key: string,
    code: string,
    layout: GPUBindGroupLayout | 'auto',
  ): Promise<GPUComputePipeline> {
    const module = this.#device.createShaderModule({ label: key, code });
    try {
      return await this.#device.createComputePipelineAsync({
        label: key,
        layout:
          layout === 'auto'
            ? 'auto'
            : this.#device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module, entryPoint: 'main' },
      });
    } catch (cause) {
      const { messages } = await module.getCompilationInfo();
      const told = messages.map(({ lineNum, message }) => `line ${lineNum}: ${message}`);
      throw new RtfqError('INTERNAL', `the GPU refuses the kernel ${key}`, {
        got: told.join('; ') || String(cause),
        cause,
      });
    }
  }
}

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

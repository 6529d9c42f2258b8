import { unusedLabel } from '../../src/backends/webgpu/gpu.ts';

/** What one frame asks of the GPU. */
export interface GpuWork {
  readonly dispatches: number;
  /**
   * Bytes of what the dispatches have bound to read or write, in the GPU's memory, each counted once for every
   * dispatch: what has to be moved at least. How often a kernel reads the same byte, and what caches hold, is not
   * to be seen from outside.
   */
  readonly movedBytes: number;
  /** Bytes from the CPU's memory to the GPU's. */
  readonly uploadedBytes: number;
  /** Bytes that come back. */
  readonly readBytes: number;
}

/** Counts at the browser's interface, so alike for every runtime on it. */
export class GpuWorkCounter {
  readonly #groupBytes = new WeakMap<GPUBindGroup, number>();
  readonly #viewBytes = new WeakMap<GPUTextureView, number>();

  /** To be made before the runtimes are: bind groups that they keep are told of when they are made. */
  constructor() {
    watch(GPUTexture.prototype, 'createView', ({ width, height }, _given, view) => {
      this.#viewBytes.set(view, pictureBytes * width * height);
    });
    watch(GPUDevice.prototype, 'createBindGroup', (_device, [{ entries }], group) => {
      const bytes = Array.from(entries, ({ resource }) => this.#bytesOf(resource));
      this.#groupBytes.set(
        group,
        bytes.reduce((a, b) => a + b, 0),
      );
    });
  }

  /** @throws Error where a bind group is used that was made before the counter */
  async count(run: () => unknown): Promise<GpuWork> {
    let dispatches = 0;
    let movedBytes = 0;
    let uploadedBytes = 0;
    let readBytes = 0;
    const bound = new WeakMap<GPUComputePassEncoder, Map<number, number>>();
    const undo = [
      watch(GPUComputePassEncoder.prototype, 'setBindGroup', (pass, [index, group]) => {
        const groups = bound.get(pass) ?? new Map<number, number>();
        groups.set(index, group ? (this.#groupBytes.get(group) ?? Number.NaN) : 0);
        bound.set(pass, groups);
      }),
      watch(GPUComputePassEncoder.prototype, 'dispatchWorkgroups', (pass) => {
        dispatches += 1;
        for (const bytes of bound.get(pass)?.values() ?? []) movedBytes += bytes;
      }),
      watch(GPUQueue.prototype, 'writeBuffer', (_queue, [, , data, from = 0, count]) => {
        const elementBytes = 'BYTES_PER_ELEMENT' in data ? Number(data.BYTES_PER_ELEMENT) : 1;
        uploadedBytes +=
          count === undefined ? data.byteLength - from * elementBytes : count * elementBytes;
      }),
      watch(GPUDevice.prototype, 'createBuffer', (_device, [{ mappedAtCreation, size }]) => {
        if (mappedAtCreation) uploadedBytes += size;
      }),
      watch(GPUBuffer.prototype, 'mapAsync', (buffer, [mode, from = 0, size]) => {
        if (mode === GPUMapMode.READ) readBytes += size ?? buffer.size - from;
      }),
    ];
    try {
      await run();
    } finally {
      for (const restore of undo) restore();
    }
    if (Number.isNaN(movedBytes)) throw new Error('a bind group was made before the counter');
    return { dispatches, movedBytes, uploadedBytes, readBytes };
  }

  #bytesOf(resource: GPUBindingResource): number {
    if ('buffer' in resource) {
      const { buffer, offset = 0, size = buffer.size - offset } = resource;
      return buffer.label === unusedLabel ? 0 : size;
    }
    const bytes = resource instanceof GPUTextureView ? this.#viewBytes.get(resource) : undefined;
    return bytes ?? Number.NaN;
  }
}

// Of a pixel in the formats that pictures have.
const pictureBytes = 4;

/** Tells of each call of a method once it has returned. @returns what ends that */
function watch<
  Target extends object,
  Name extends keyof Target,
  Method = Extract<Target[Name], (...given: never[]) => unknown>,
>(
  prototype: Target,
  name: Name,
  tell: (
    target: Target,
    given: Method extends (...given: infer Given) => unknown ? Given : never,
    returned: Method extends (...given: never[]) => infer Returned ? Returned : never,
  ) => void,
): () => void {
  const method = prototype[name] as (...given: unknown[]) => unknown;
  prototype[name] = function watched(this: Target, ...given: unknown[]) {
    const returned = method.apply(this, given);
    tell(this, given as never, returned as never);
    return returned;
  } as Target[Name];
  return () => {
    prototype[name] = method as Target[Name];
  };
}

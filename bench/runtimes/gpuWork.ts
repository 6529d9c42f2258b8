/** What one frame asks of the GPU. What dispatches read and write there is not to be seen from outside. */
export interface GpuWork {
  readonly dispatches: number;
  /** Bytes from the CPU's memory to the GPU's. */
  readonly uploadedBytes: number;
  /** Bytes that come back. */
  readonly readBytes: number;
}

/** Counts at the browser's interface, so alike for every runtime on it. */
export async function countGpuWork(run: () => unknown): Promise<GpuWork> {
  let dispatches = 0;
  let uploadedBytes = 0;
  let readBytes = 0;
  const undo = [
    watch(GPUComputePassEncoder.prototype, 'dispatchWorkgroups', () => {
      dispatches += 1;
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
  return { dispatches, uploadedBytes, readBytes };
}

/** Tells of each call of a method before it happens. @returns what ends that */
function watch<Target extends object, Name extends keyof Target>(
  prototype: Target,
  name: Name,
  tell: (
    target: Target,
    given: Parameters<Extract<Target[Name], (...given: never[]) => unknown>>,
  ) => void,
): () => void {
  const method = prototype[name] as (...given: unknown[]) => unknown;
  prototype[name] = function watched(this: Target, ...given: unknown[]) {
    tell(this, given as never);
    return method.apply(this, given);
  } as Target[Name];
  return () => {
    prototype[name] = method as Target[Name];
  };
}

import type { Gpu } from './gpu.ts';

/** Part of a buffer on the GPU, in bytes. */
export interface BufferRange {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

/** Brings results to the CPU, by buffers that are used again and again. */
export class Readback {
  readonly #gpu: Gpu;
  readonly #idle: GPUBuffer[] = [];

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
  }

  /**
   * Submits what was recorded, and reads a range of what it wrote.
   * @throws RtfqError `DEVICE_LOST`
   */
  async submit(encoder: GPUCommandEncoder, range: BufferRange): Promise<ArrayBuffer> {
    const { device } = this.#gpu;
    const staging = this.#take(range.size);
    encoder.copyBufferToBuffer(range.buffer, range.offset, staging, 0, range.size);
    device.queue.submit([encoder.finish()]);
    await this.#gpu.orLost(staging.mapAsync(GPUMapMode.READ, 0, range.size));
    const bytes = staging.getMappedRange(0, range.size).slice(0);
    staging.unmap();
    this.#idle.push(staging);
    return bytes;
  }

  dispose(): void {
    for (const buffer of this.#idle.splice(0)) buffer.destroy();
  }

  #take(size: number): GPUBuffer {
    const fitting = this.#idle.findIndex((buffer) => buffer.size >= size);
    if (fitting >= 0) return this.#idle.splice(fitting, 1)[0]!;
    // One of each length of the queue is enough; the small ones make room.
    this.#idle.pop()?.destroy();
    return this.#gpu.device.createBuffer({
      size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
  }
}

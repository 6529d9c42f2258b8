/** Memory that is exchanged for more once more is asked for. */
export class GrowingBuffer {
  readonly #device: GPUDevice;
  readonly #usage: GPUBufferUsageFlags;
  #buffer: GPUBuffer | null = null;

  constructor(device: GPUDevice, usage: GPUBufferUsageFlags) {
    this.#device = device;
    this.#usage = usage;
  }

  /** @returns another buffer than before where that was too small; what it held is gone */
  atLeast(size: number): GPUBuffer {
    if (this.#buffer !== null && this.#buffer.size >= size) return this.#buffer;
    this.#buffer?.destroy();
    this.#buffer = this.#device.createBuffer({ size, usage: this.#usage });
    return this.#buffer;
  }

  destroy(): void {
    this.#buffer?.destroy();
    this.#buffer = null;
  }
}

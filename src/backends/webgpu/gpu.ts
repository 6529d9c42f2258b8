import { RtfqError } from '../../errors.ts';
import { GrowingBuffer } from './growingBuffer.ts';
import { Pipelines } from './pipelines.ts';
import type { TfjsDevice } from './tfjsDevice.ts';

/** A device, and what all of the backend's programs share on it. */
export class Gpu {
  readonly device: GPUDevice;
  readonly pipelines: Pipelines;
  /** Bound in place of outputs and residuals that a layer does not have; each at an offset of its own. */
  readonly unused: GPUBuffer;
  /** Of those who wait for the device: not race partners, which a promise that never settles would pile up. */
  readonly #waiting = new Set<(loss: RtfqError) => void>();
  readonly #arena: GrowingBuffer;
  #loss: RtfqError | null = null;

  constructor({ device }: TfjsDevice) {
    this.device = device;
    this.pipelines = Pipelines.of(device);
    this.unused = device.createBuffer({
      label: unusedLabel,
      size: unusedPlaces * offsetAlignment,
      usage: GPUBufferUsage.STORAGE,
    });
    this.#arena = new GrowingBuffer(device, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC);
    void device.lost.then((info) => {
      this.#loss = deviceLost(info);
      for (const reject of this.#waiting) reject(this.#loss);
      this.#waiting.clear();
    });
  }

  /** The activations' memory; another buffer once a larger one is asked for. */
  arena(sizeBytes: number): GPUBuffer {
    return this.#arena.atLeast(sizeBytes);
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

  /**
   * A lost device lets some work fail by errors of its own, and some wait for ever: here it is always the loss
   * that is told.
   * @throws RtfqError `DEVICE_LOST`
   */
  orLost<T>(work: Promise<T>): Promise<T> {
    if (this.#loss !== null) {
      work.catch(() => {}); // the loss says why
      return Promise.reject(this.#loss);
    }
    return new Promise<T>((resolve, reject) => {
      this.#waiting.add(reject);
      const settle = (how: () => void) => {
        this.#waiting.delete(reject);
        how();
      };
      work.then(
        (value) => settle(() => resolve(value)),
        // Browsers tell of the loss a little after the failures that came of it.
        (thrown) => setTimeout(() => settle(() => reject(thrown)), lossDelayMs),
      );
    });
  }

  /**
   * Does work on the device, and asks whether the device could.
   * @throws RtfqError `OUT_OF_MEMORY` | `DEVICE_LOST` | `INTERNAL` for what the device refuses
   */
  async checked<T>(work: () => T | Promise<T>): Promise<T> {
    const { device } = this;
    device.pushErrorScope('validation');
    device.pushErrorScope('out-of-memory');
    // Scopes nest by time: what is awaited within them would mix with other work's.
    const working = startNow(work);
    const scopes = Promise.all([device.popErrorScope(), device.popErrorScope()]);
    const [made, [memory, validation]] = await Promise.all([working, this.orLost(scopes)]);
    if (memory !== null) {
      throw new RtfqError('OUT_OF_MEMORY', 'the GPU has no memory left', { got: memory.message });
    }
    if (validation !== null) {
      throw new RtfqError('INTERNAL', 'the GPU refuses a command', { got: validation.message });
    }
    return made;
  }

  dispose(): void {
    this.#arena.destroy();
    this.unused.destroy();
  }
}

/** Begins at once; what it throws at once becomes a rejection. */
async function startNow<T>(work: () => T | Promise<T>): Promise<T> {
  return work();
}

/** What bind group offsets must be multiples of, on every device: the default of both limits. */
export const offsetAlignment = 256;
const unusedPlaces = 4;
/** By it benchmarks know what is bound and not read. */
export const unusedLabel = 'rtfq: unused';
// Within which a browser tells of a loss that made an operation fail.
const lossDelayMs = 100;

function deviceLost({ reason, message }: GPUDeviceLostInfo): RtfqError {
  return new RtfqError('DEVICE_LOST', 'the GPU was lost', {
    got: [reason, message].filter(Boolean).join(': '),
    hint: 'the session opens another backend by itself and repeats the frame',
  });
}

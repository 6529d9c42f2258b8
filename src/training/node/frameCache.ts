import type { RgbaFrame } from '../../kernels/resize/contract.ts';
import { decodeImage } from './images.ts';

/**
 * Decoded pictures by path. They are kept until a budget is used up, and then no more are: training sees
 * every picture once before any comes again, so that throwing out the oldest would throw out each one just
 * before it is needed.
 */
export class FrameCache {
  readonly #frames = new Map<string, Promise<RgbaFrame>>();
  readonly #decode: (path: string) => Promise<RgbaFrame>;
  #freeBytes: number;

  /** @param capacityBytes of decoded pictures; what is being decoded comes on top */
  constructor(capacityBytes: number, decode: (path: string) => Promise<RgbaFrame> = decodeImage) {
    this.#freeBytes = capacityBytes;
    this.#decode = decode;
  }

  /** @throws RtfqError `IMAGE_DECODE_FAILED` */
  frameOf(path: string): Promise<RgbaFrame> {
    const known = this.#frames.get(path);
    if (known !== undefined) return known;
    const frame = this.#decode(path);
    this.#frames.set(path, frame);
    frame.then(
      ({ data }) => {
        if (data.length <= this.#freeBytes) this.#freeBytes -= data.length;
        else this.#frames.delete(path);
      },
      () => this.#frames.delete(path),
    );
    return frame;
  }
}

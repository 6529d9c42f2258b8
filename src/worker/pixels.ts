import { RtfqError } from '../errors.ts';
import type { RgbaFrame } from '../kernels/resize/contract.ts';
import type { TransferableFrame } from './protocol.ts';
import { VideoCopier } from './videoPixels.ts';

/**
 * Reads frames' pixels at their natural size: scaling is the runtime's, because a canvas scales
 * differently from browser to browser. Pictures with transparency are seen on black.
 */
export class PixelReader {
  readonly #video = new VideoCopier();
  #canvas: OffscreenCanvasRenderingContext2D | null = null;

  /**
   * Takes the frame over and closes it, also when reading fails.
   * @returns pixels that hold until the next call
   * @throws RtfqError `UNSUPPORTED_IMAGE`
   */
  async read(frame: TransferableFrame): Promise<RgbaFrame> {
    if (!('close' in frame)) return frame;
    try {
      if (!('displayWidth' in frame)) return this.#draw(frame, frame.width, frame.height);
      const copied = await this.#video.copy(frame);
      return copied ?? this.#draw(frame, frame.displayWidth, frame.displayHeight);
    } catch (thrown) {
      throw RtfqError.from(thrown, 'UNSUPPORTED_IMAGE');
    } finally {
      frame.close();
    }
  }

  #draw(frame: VideoFrame | ImageBitmap, width: number, height: number): RgbaFrame {
    const canvas = this.#blackCanvas(width, height);
    canvas.drawImage(frame, 0, 0);
    return { data: canvas.getImageData(0, 0, width, height).data, width, height };
  }

  /** The same canvas as long as frames keep their size, as a camera's do. */
  #blackCanvas(width: number, height: number): OffscreenCanvasRenderingContext2D {
    if (this.#canvas?.canvas.width === width && this.#canvas.canvas.height === height) {
      // A transparent frame would let the one before it show through.
      this.#canvas.clearRect(0, 0, width, height);
      return this.#canvas;
    }
    const context = new OffscreenCanvas(width, height).getContext('2d', {
      alpha: false,
      willReadFrequently: true,
    });
    if (context === null) {
      throw new RtfqError('UNSUPPORTED_IMAGE', 'the frame is too large for a canvas', {
        got: `${width} x ${height}`,
      });
    }
    this.#canvas = context;
    return context;
  }
}

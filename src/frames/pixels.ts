import { RtfqError } from '../errors.ts';
import type { RgbaFrame } from '../kernels/resize/contract.ts';
import { type Frame, isPicture, isTensor, isTexture, type Picture, pictureSize } from './frame.ts';
import { copyTensor } from './pixelCopies.ts';
import { VideoCopier } from './videoPixels.ts';

/**
 * Reads frames' pixels at their natural size: scaling is the runtime's, because a canvas scales
 * differently from browser to browser. Pictures with transparency are seen on black.
 */
export class PixelReader {
  readonly #video = new VideoCopier();
  #canvas: OffscreenCanvasRenderingContext2D | null = null;

  /**
   * @returns pixels that hold until the next call
   * @throws RtfqError `UNSUPPORTED_IMAGE`
   */
  async read(frame: Frame): Promise<RgbaFrame> {
    if (isPicture(frame)) return this.#readPicture(frame);
    if (isTensor(frame)) return copyTensor(frame);
    if (!isTexture(frame)) return frame;
    throw new RtfqError('UNSUPPORTED_IMAGE', 'a texture is only read on the GPU that it is on', {
      hint: 'the session is not on webgpu, or not any more: its device may have been lost',
    });
  }

  async #readPicture(picture: Picture): Promise<RgbaFrame> {
    try {
      const copied = 'displayWidth' in picture ? await this.#video.copy(picture) : null;
      return copied ?? this.#draw(picture);
    } catch (thrown) {
      throw RtfqError.from(thrown, 'UNSUPPORTED_IMAGE');
    }
  }

  #draw(picture: Picture): RgbaFrame {
    const { width, height } = pictureSize(picture);
    const canvas = this.#blackCanvas(width, height);
    canvas.drawImage(picture, 0, 0);
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

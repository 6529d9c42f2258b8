import { RtfqError } from '../../errors.ts';
import {
  type HeldFrame,
  isPicture,
  isTensor,
  isTexture,
  type Picture,
  pictureSize,
} from '../../frames/frame.ts';
import { tensorLayout } from '../../frames/pixelCopies.ts';
import { isUpright } from '../../frames/videoPixels.ts';
import type { RgbaFrame } from '../../kernels/resize/contract.ts';
import type { Gpu } from './gpu.ts';
import { GrowingBuffer } from './growingBuffer.ts';
import type { FrameSourceName } from './shaders.ts';
import type { Tensors } from './tensors.ts';

/** What the GPU needs to know of a frame to read it. */
export interface FrameLayout {
  readonly kernel: FrameSourceName;
  readonly width: number;
  readonly height: number;
  /** Numbers a pixel. */
  readonly channels: number;
}

/** Part of a frame's rows. */
export interface RowRange {
  readonly firstRow: number;
  readonly rowCount: number;
}

const textureFormats: ReadonlySet<GPUTextureFormat> = new Set(['rgba8unorm', 'bgra8unorm']);

/**
 * Video frames that are what they show. Of others the browser makes RGB, on the GPU by other arithmetic than on the
 * CPU: a camera's frames would differ from backend to backend.
 */
const rgbFormats: ReadonlySet<VideoPixelFormat | null> = new Set(['RGBA', 'RGBX', 'BGRA', 'BGRX']);

/** @throws RtfqError `UNSUPPORTED_IMAGE` */
export function layoutOf(frame: RgbaFrame | HeldFrame): FrameLayout {
  if (isTensor(frame)) {
    const { dtype, ...sizes } = tensorLayout(frame);
    return { kernel: dtype === 'int32' ? 'frameInts' : 'frameFloats', ...sizes };
  }
  if (isPicture(frame)) return { kernel: 'frameTexture', ...pictureSize(frame), channels: 4 };
  const { width, height } = frame;
  if (!isTexture(frame)) return { kernel: 'frameBuffer', width, height, channels: 4 };
  if (!textureFormats.has(frame.format)) {
    throw new RtfqError('UNSUPPORTED_IMAGE', 'the texture has another format than pictures have', {
      got: frame.format,
      expected: [...textureFormats].join(' or '),
    });
  }
  return { kernel: 'frameTexture', width, height, channels: 4 };
}

/** Frames in the memory of the GPU, brought there where they are not. */
export class FrameMemory {
  readonly #gpu: Gpu;
  readonly #tensors: Tensors;
  readonly #bytes: GrowingBuffer;
  readonly #copiesVideo: boolean;
  #picture: GPUTexture | null = null;

  /** @param copiesVideo whether video frames can be copied to textures here */
  constructor(gpu: Gpu, tensors: Tensors, copiesVideo: boolean) {
    this.#gpu = gpu;
    this.#tensors = tensors;
    this.#copiesVideo = copiesVideo;
    this.#bytes = new GrowingBuffer(gpu.device, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST);
  }

  /** Whether a frame needs no trip through the CPU. */
  reads(frame: HeldFrame): boolean {
    if (isTexture(frame)) return true;
    if (isTensor(frame)) return this.#tensors.holds(frame);
    const { width, height } = pictureSize(frame);
    const isClosed = width === 0;
    const most = this.#gpu.device.limits.maxTextureDimension2D;
    if (isClosed || Math.max(width, height) > most) return false;
    if (!('displayWidth' in frame)) return true;
    return this.#copiesVideo && rgbFormats.has(frame.format) && isUpright(frame);
  }

  /**
   * To be submitted before anything else is done with tfjs: a tensor is copied to memory that is tfjs's again.
   * @param rows of bytes, those that are brought; of the others all are there
   * @throws RtfqError `UNSUPPORTED_IMAGE`
   */
  hold(frame: RgbaFrame | HeldFrame, rows: RowRange): GPUBuffer | GPUTexture {
    if (isTensor(frame)) return this.#tensors.copyOf(frame);
    if (isPicture(frame)) return this.#copyPicture(frame);
    return isTexture(frame) ? frame : this.#upload(frame, rows);
  }

  dispose(): void {
    this.#bytes.destroy();
    this.#picture?.destroy();
  }

  #upload({ data, width }: RgbaFrame, { firstRow, rowCount }: RowRange): GPUBuffer {
    const rowBytes = 4 * width;
    const buffer = this.#bytes.atLeast(rowCount * rowBytes);
    this.#gpu.device.queue.writeBuffer(
      buffer,
      0,
      data.buffer as ArrayBuffer,
      data.byteOffset + firstRow * rowBytes,
      rowCount * rowBytes,
    );
    return buffer;
  }

  /** The same texture as long as pictures keep their size. */
  #copyPicture(picture: Picture): GPUTexture {
    const { device } = this.#gpu;
    const { width, height } = pictureSize(picture);
    if (this.#picture?.width !== width || this.#picture.height !== height) {
      this.#picture?.destroy();
      this.#picture = device.createTexture({
        size: [width, height],
        format: 'rgba8unorm',
        usage:
          GPUTextureUsage.TEXTURE_BINDING |
          GPUTextureUsage.COPY_DST |
          GPUTextureUsage.RENDER_ATTACHMENT,
      });
    }
    try {
      device.queue.copyExternalImageToTexture(
        { source: picture },
        // Multiplied by its alpha, a picture is one on black.
        { texture: this.#picture, premultipliedAlpha: true },
        [width, height],
      );
    } catch (thrown) {
      throw RtfqError.from(thrown, 'UNSUPPORTED_IMAGE');
    }
    return this.#picture;
  }
}

import { RtfqError } from '../errors.ts';
import type { TensorImage } from '../frames/frame.ts';
import { copyImageData, copyTensor } from '../frames/pixelCopies.ts';
import type { TransferableFrame } from '../worker/protocol.ts';
import type { ImageSource } from './types.ts';

// The network was trained on the bytes of files; profiles and premultiplication would change them.
const unconverted: ImageBitmapOptions = { colorSpaceConversion: 'none', premultiplyAlpha: 'none' };

/**
 * Takes a copy of the picture as it is now, one that may be transferred. The source stays the caller's,
 * who may close or change it as soon as the call has returned.
 * @throws RtfqError `UNSUPPORTED_IMAGE` | `IMAGE_DECODE_FAILED`
 */
export async function captureFrame(image: ImageSource): Promise<TransferableFrame> {
  const kind = kindOf(image);
  switch (kind) {
    case 'VideoFrame':
      return cloneVideoFrame(image as VideoFrame);
    case 'HTMLVideoElement':
      return captureVideo(image as HTMLVideoElement);
    case 'HTMLImageElement':
      return toBitmap(loadedImage(image as HTMLImageElement), kind);
    case 'HTMLCanvasElement':
    case 'OffscreenCanvas':
    case 'ImageBitmap': {
      const picture = image as HTMLCanvasElement | OffscreenCanvas | ImageBitmap;
      expectPixels(kind, picture.width, picture.height);
      return toBitmap(picture, kind);
    }
    case 'ImageData':
      return copyImageData(image as ImageData);
    case 'Blob':
    case 'File':
      return decode(image as Blob);
    default:
      if (isTensor(image)) return copyTensor(image);
      throw new RtfqError('UNSUPPORTED_IMAGE', 'this cannot be classified', {
        got: kind,
        expected:
          'VideoFrame, video, img or canvas element, OffscreenCanvas, ImageBitmap, ImageData, Blob or a tf.Tensor3D',
      });
  }
}

/** Frees a frame that will not be sent after all; one that was sent is not affected. */
export function closeFrame(frame: TransferableFrame): void {
  if ('close' in frame) frame.close();
}

/** What a frame's transfer moves. */
export function transferablesOf(frame: TransferableFrame): Transferable[] {
  return [('close' in frame ? frame : frame.data.buffer) as Transferable];
}

/** The type's name; unlike instanceof it needs no such type here, and knows those of other windows. */
function kindOf(image: unknown): string {
  return Object.prototype.toString.call(image).slice('[object '.length, -1);
}

function isTensor(image: unknown): image is TensorImage {
  return typeof image === 'object' && image !== null && 'shape' in image && 'data' in image;
}

function cloneVideoFrame(frame: VideoFrame): VideoFrame {
  try {
    return frame.clone();
  } catch (cause) {
    throw new RtfqError('UNSUPPORTED_IMAGE', 'the VideoFrame is closed', { cause });
  }
}

function expectReady(video: HTMLVideoElement): void {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
    throw new RtfqError('UNSUPPORTED_IMAGE', 'the video has no frame yet', {
      got: `readyState ${video.readyState}`,
      hint: "wait for its 'loadeddata' event",
    });
  }
  expectPixels('HTMLVideoElement', video.videoWidth, video.videoHeight);
}

function loadedImage(image: HTMLImageElement): HTMLImageElement {
  if (!image.complete) {
    throw new RtfqError('UNSUPPORTED_IMAGE', 'the image has not loaded yet', {
      hint: 'await image.decode() first',
    });
  }
  if (image.currentSrc !== '' && image.naturalWidth === 0) {
    throw new RtfqError('IMAGE_DECODE_FAILED', 'the image could not be loaded', {
      got: image.currentSrc,
    });
  }
  expectPixels('HTMLImageElement', image.naturalWidth, image.naturalHeight);
  return image;
}

/**
 * Takes what a video shows now.
 * @throws RtfqError `UNSUPPORTED_IMAGE`
 */
export async function captureVideo(video: HTMLVideoElement): Promise<VideoFrame | ImageBitmap> {
  expectReady(video);
  // A VideoFrame only refers to the picture; a bitmap would be converted on the page.
  if (typeof VideoFrame === 'undefined') return toBitmap(video, 'HTMLVideoElement');
  try {
    return new VideoFrame(video);
  } catch (cause) {
    throw unreadable('HTMLVideoElement', cause);
  }
}

async function toBitmap(source: ImageBitmapSource, kind: string): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(source, unconverted);
  } catch (cause) {
    throw unreadable(kind, cause);
  }
}

async function decode(blob: Blob): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(blob, unconverted);
  } catch (cause) {
    throw new RtfqError(
      'IMAGE_DECODE_FAILED',
      'the blob is not a picture that this browser reads',
      {
        got: `${blob.size} bytes of type ${blob.type || 'unknown'}`,
        cause,
      },
    );
  }
}

function unreadable(kind: string, cause: unknown): RtfqError {
  return new RtfqError('UNSUPPORTED_IMAGE', `the ${kind}'s picture cannot be read`, {
    got: cause instanceof Error ? cause.message : String(cause),
    hint: 'a picture of another origin needs CORS headers and crossorigin="anonymous"',
    cause,
  });
}

function expectPixels(kind: string, width: number, height: number): void {
  if (width > 0 && height > 0) return;
  throw new RtfqError('UNSUPPORTED_IMAGE', `the ${kind} is empty or closed`, {
    got: `${width} x ${height} pixels`,
  });
}

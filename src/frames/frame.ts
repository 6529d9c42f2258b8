import type { RgbaFrame } from '../kernels/resize/contract.ts';

/** A picture that the browser holds. What is transparent is seen on black. */
export type Picture = VideoFrame | ImageBitmap;

/** A `tf.Tensor3D` of [height, width, 3 or 4]: int32 0..255 or float32 0..1; a fourth channel is ignored. Matched by shape, so tfjs is not imported. */
export interface TensorImage {
  readonly shape: readonly number[];
  readonly dtype: string;
  /** Its values, row by row. */
  data(): Promise<ArrayLike<number>>;
}

/** A frame whose bytes are not at hand, and may be on a GPU. */
export type HeldFrame = Picture | TensorImage | GPUTexture;

/** What a session classifies. It stays the caller's, who may close or change it once the result is there. */
export type Frame = RgbaFrame | HeldFrame;

export function isTensor(frame: Frame): frame is TensorImage {
  return 'shape' in frame;
}

export function isTexture(frame: Frame): frame is GPUTexture {
  return 'createView' in frame;
}

export function isPicture(frame: Frame): frame is Picture {
  return 'close' in frame;
}

export function isHeld(frame: Frame): frame is HeldFrame {
  return isTensor(frame) || isTexture(frame) || isPicture(frame);
}

/** The size that a picture is shown at. */
export function pictureSize(picture: Picture): { readonly width: number; readonly height: number } {
  const isVideo = 'displayWidth' in picture;
  return isVideo
    ? { width: picture.displayWidth, height: picture.displayHeight }
    : { width: picture.width, height: picture.height };
}

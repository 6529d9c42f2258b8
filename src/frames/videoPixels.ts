import type { RgbaFrame } from '../kernels/resize/contract.ts';

// Newer than the type library.
interface OrientedFrame {
  readonly rotation?: number;
  readonly flip?: boolean;
}
const rgba: VideoFrameCopyToOptions = { format: 'RGBA', colorSpace: 'srgb' };

const opaqueFormats: ReadonlySet<string | null> = new Set([
  'I420',
  'I422',
  'I444',
  'NV12',
  'RGBX',
  'BGRX',
]);

/**
 * Copies video frames as RGBA without a canvas. Measured in headless Chromium on I420 frames: 0.6 ms
 * against 2.9 ms at 640 x 480, 1.4 ms against 25.5 ms at 1280 x 720, the same bytes.
 */
export class VideoCopier {
  readonly #convertsToRgba = canConvertToRgba();
  #data = new Uint8Array(0);

  /** @returns pixels that hold until the next call; null when the frame needs a canvas */
  async copy(frame: VideoFrame): Promise<RgbaFrame | null> {
    if (!this.#convertsToRgba || !opaqueFormats.has(frame.format) || !isUpright(frame)) return null;
    const { displayWidth: width, displayHeight: height } = frame;
    if (this.#data.length !== 4 * width * height) this.#data = new Uint8Array(4 * width * height);
    await frame.copyTo(this.#data, rgba);
    return { data: this.#data, width, height };
  }
}

/** Whether a frame is shown as it lies: turning and stretching are the canvas's. */
export function isUpright(frame: VideoFrame & OrientedFrame): boolean {
  const { visibleRect, displayWidth, displayHeight, rotation = 0, flip = false } = frame;
  return (
    visibleRect?.width === displayWidth &&
    visibleRect.height === displayHeight &&
    rotation === 0 &&
    !flip
  );
}

/** Browsers that do not convert ignore the wish and give the frame's own bytes: seen from their number. */
function canConvertToRgba(): boolean {
  if (typeof VideoFrame === 'undefined') return false;
  const side = 2;
  const probe = new VideoFrame(new Uint8Array((3 * side * side) / 2), {
    format: 'I420',
    codedWidth: side,
    codedHeight: side,
    timestamp: 0,
  });
  try {
    return probe.allocationSize(rgba) === 4 * side * side;
  } catch {
    return false;
  } finally {
    probe.close();
  }
}

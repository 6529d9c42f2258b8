import sharp from 'sharp';
import { RtfqError } from '../../errors.ts';
import type { RgbaFrame } from '../../kernels/resize/contract.ts';
import { cropAndResize } from '../../kernels/resize/reference.ts';

/**
 * Decodes a picture as a browser shows it: upright, sRGB. Nothing is scaled here, since sharp's filters
 * are not ours.
 * @throws RtfqError `IMAGE_DECODE_FAILED`, naming the file
 */
export async function decodeImage(path: string): Promise<RgbaFrame> {
  try {
    const { data, info } = await sharp(path)
      .rotate()
      .toColourspace('srgb')
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { data, width: info.width, height: info.height };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RtfqError('IMAGE_DECODE_FAILED', `cannot decode ${path}`, { got: reason, cause });
  }
}

/** Decodes, crops the centre square and scales it. @returns side x side x 3 bytes, RGB, per side */
export async function loadSquares(
  path: string,
  cropFraction: number,
  sides: readonly number[],
): Promise<readonly Uint8Array[]> {
  const frame = await decodeImage(path);
  return sides.map((side) => cropAndResize(frame, cropFraction, side));
}

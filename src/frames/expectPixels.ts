import { RtfqError } from '../errors.ts';
import { type Frame, isHeld } from './frame.ts';

/**
 * Refuses bytes that are not the picture whose size they come with: a kernel would read on past their end.
 * @throws RtfqError `UNSUPPORTED_IMAGE`
 */
export function expectPixels(frame: Frame): void {
  if (isHeld(frame)) return;
  const { data, width, height } = frame;
  const isSize = isSide(width) && isSide(height);
  if (isSize && data.length === 4 * width * height) return;
  throw new RtfqError('UNSUPPORTED_IMAGE', 'the pixels do not fit their size', {
    got: `${data.length} bytes, ${width} x ${height} pixels`,
    expected: isSize ? `${4 * width * height} bytes` : 'a whole width and height, above 0',
  });
}

function isSide(pixels: number): boolean {
  return Number.isSafeInteger(pixels) && pixels > 0;
}

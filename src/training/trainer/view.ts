import type { RgbaFrame } from '../../kernels/resize/contract.ts';
import { cropAndResize } from '../../kernels/resize/reference.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { type ColourJitter, drawColours, jitterColours } from './colourJitter.ts';

/** What is seen of a picture. */
export type View =
  /** The centre square, as the runtime crops it: a fraction of the short side. */
  | { readonly kind: 'centre'; readonly fraction: number }
  /** A square within the largest centre square, in fractions of that one's side. */
  | {
      readonly kind: 'crop';
      readonly left: number;
      readonly top: number;
      readonly side: number;
      readonly mirrored: boolean;
      readonly colours: ColourJitter;
    };

/** A random view for training. */
export function drawView(
  random: () => number,
  { smallestCrop, mirror, ...colours }: Recipe['augmentation'],
): View {
  const side = smallestCrop + (1 - smallestCrop) * random();
  const left = (1 - side) * random();
  const top = (1 - side) * random();
  const isMirrored = random() < 0.5;
  return {
    kind: 'crop',
    left,
    top,
    side,
    mirrored: mirror && isMirrored,
    colours: drawColours(random, colours),
  };
}

/**
 * The pixels of a view, scaled by the runtime's own filter (numeric contract, rule 9).
 * @returns side x side x 3 bytes, RGB
 */
export function renderView(frame: RgbaFrame, view: View, side: number): Uint8Array {
  if (view.kind === 'centre') return cropAndResize(frame, view.fraction, side);
  const pixels = cropAndResize(cutSquare(frame, view), 1, side);
  jitterColours(pixels, view.colours);
  return view.mirrored ? mirrored(pixels, side) : pixels;
}

function cutSquare(
  { data, width, height }: RgbaFrame,
  view: View & { readonly kind: 'crop' },
): RgbaFrame {
  const shortSide = Math.min(width, height);
  const side = Math.max(1, Math.round(view.side * shortSide));
  const place = (fraction: number, length: number) =>
    ((length - shortSide) >> 1) + Math.min(shortSide - side, Math.round(fraction * shortSide));
  const left = place(view.left, width);
  const top = place(view.top, height);
  const square = new Uint8Array(side * side * 4);
  for (let y = 0; y < side; y++) {
    const begin = 4 * ((top + y) * width + left);
    square.set(data.subarray(begin, begin + 4 * side), 4 * y * side);
  }
  return { data: square, width: side, height: side };
}

function mirrored(pixels: Uint8Array, side: number): Uint8Array {
  const turned = new Uint8Array(pixels.length);
  for (let y = 0, at = 0; y < side; y++) {
    for (let x = side - 1; x >= 0; x--, at += 3) {
      const from = 3 * (y * side + x);
      for (let channel = 0; channel < 3; channel++) turned[at + channel] = pixels[from + channel]!;
    }
  }
  return turned;
}

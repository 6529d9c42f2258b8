import type { Recipe } from '../recipe/recipe.ts';

/** Factors; 1 leaves a picture as it is. */
export interface ColourJitter {
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
  /** Of red, green and blue. */
  readonly cast: readonly [number, number, number];
}

// ITU-R BT.601.
const lumaWeights = [0.299, 0.587, 0.114] as const;

/** Each factor uniform in 1 - range .. 1 + range. */
export function drawColours(
  random: () => number,
  {
    brightness,
    contrast,
    saturation,
    colourCast,
  }: Pick<Recipe['augmentation'], 'brightness' | 'contrast' | 'saturation' | 'colourCast'>,
): ColourJitter {
  const around = (range: number) => 1 + range * (2 * random() - 1);
  return {
    brightness: around(brightness),
    contrast: around(contrast),
    saturation: around(saturation),
    cast: [around(colourCast), around(colourCast), around(colourCast)],
  };
}

/**
 * Changes pixels in place, by one linear map: a pixel's distance from its own grey is scaled, then its
 * distance from the picture's mean grey, then all of it and each channel.
 * @param pixels RGB bytes
 */
export function jitterColours(pixels: Uint8Array, jitter: ColourJitter): void {
  const { brightness, contrast, saturation, cast } = jitter;
  if ([brightness, contrast, saturation, ...cast].every((factor) => factor === 1)) return;
  const mean = meanGrey(pixels);
  const ofColour = contrast * saturation;
  const ofGrey = contrast * (1 - saturation);
  const shift = (1 - contrast) * mean;
  for (let at = 0; at < pixels.length; at += 3) {
    const grey = ofGrey * greyAt(pixels, at) + shift;
    for (let channel = 0; channel < 3; channel++) {
      const value = ofColour * pixels[at + channel]! + grey;
      // Bytes wrap around; a clamped array would round ties to even, as nothing else here does.
      const scaled = Math.floor(value * brightness * cast[channel]! + 0.5);
      pixels[at + channel] = Math.min(255, Math.max(0, scaled));
    }
  }
}

function meanGrey(pixels: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < pixels.length; at += 3) sum += greyAt(pixels, at);
  return sum / (pixels.length / 3);
}

function greyAt(pixels: Uint8Array, at: number): number {
  const [red, green, blue] = lumaWeights;
  return red * pixels[at]! + green * pixels[at + 1]! + blue * pixels[at + 2]!;
}

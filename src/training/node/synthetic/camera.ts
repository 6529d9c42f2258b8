import { between, happens, integerBetween, type Random } from './randomChoice.ts';

/** A cheap camera as one picture meets it. Lengths are fractions of the picture's side. */
export interface Camera {
  /** How much the picture shrinks from one side to the other, across and down. */
  readonly keystone: readonly [across: number, down: number];
  /** What one pixel averages over: shifts of the point it looks at. */
  readonly blurTaps: readonly (readonly [x: number, y: number])[];
  /** Share of stray light: it lies over the picture as an even grey and takes contrast away, 0 to 1. */
  readonly veil: number;
  /** Factor per channel, red, green, blue: exposure and colour cast. */
  readonly gains: readonly [number, number, number];
  /** Exponent of the tone curve: above 1 darkens the middle tones. */
  readonly gamma: number;
  /** Light lost at the corners, 0 to 1. */
  readonly vignetting: number;
  /** Standard deviation of the noise at mid grey, in 8-bit steps. */
  readonly noiseSteps: number;
  readonly jpegQuality: number;
}

/**
 * Draws a camera. The ranges were chosen by eye, so that objects are still recognised at a second look, and
 * by measurement, so that a classifier of catalogue pictures loses 25 points of accuracy or more.
 */
export function anyCamera(random: Random): Camera {
  const isDark = happens(random, 0.4);
  const exposure = isDark ? between(random, 0.3, 0.5) : between(random, 0.5, 0.75);
  // Rooms are lit by warm lamps, which a cheap camera's white balance corrects at most in part.
  const warmth = between(random, 0.15, 0.4);
  const tint = between(random, -0.07, 0.07);
  return {
    keystone: [between(random, -0.07, 0.07), between(random, -0.07, 0.07)],
    blurTaps: happens(random, 0.5) ? motionTaps(random) : defocusTaps(random),
    veil: between(random, 0.2, 0.45),
    gains: [exposure * (1 + warmth), exposure * (1 + tint), exposure * (1 - warmth)],
    gamma: between(random, 0.75, 1.3),
    vignetting: between(random, 0.1, 0.45),
    noiseSteps: isDark ? between(random, 3, 6) : between(random, 1.5, 4),
    jpegQuality: integerBetween(random, 25, 60),
  };
}

/** The camera moves along a line while the shutter is open. */
function motionTaps(random: Random): readonly (readonly [number, number])[] {
  const length = between(random, 0.01, 0.04);
  const radians = between(random, 0, Math.PI);
  const tapCount = 6;
  return Array.from({ length: tapCount }, (_, i) => {
    const along = (i / (tapCount - 1) - 0.5) * length;
    return [along * Math.cos(radians), along * Math.sin(radians)];
  });
}

/** Out of focus, a point becomes a disc. */
function defocusTaps(random: Random): readonly (readonly [number, number])[] {
  const radius = between(random, 0.004, 0.018);
  const rim = Array.from({ length: 6 }, (_, i) => {
    const radians = (i / 6) * 2 * Math.PI;
    return [radius * Math.cos(radians), radius * Math.sin(radians)] as const;
  });
  return [[0, 0], ...rim];
}

import type { RgbaFrame } from '../../src/kernels/resize/contract.ts';
import { seededRandom } from './random.ts';

/** An opaque picture of random coloured bars: each seed gives another one, of the given size in pixels. */
export function barsFrame(seed: number, width = 48, height = 40): RgbaFrame {
  const random = seededRandom(seed);
  const bars = 1 + Math.floor(5 * random());
  const colours = Array.from({ length: bars }, () => [
    255 * random(),
    255 * random(),
    255 * random(),
  ]);
  const data = new Uint8ClampedArray(4 * width * height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      const colour = colours[Math.floor((bars * (x + y)) / (width + height))]!;
      data.set([...colour, 255], at);
    }
  }
  return { data, width, height };
}

import { describe, expect, test } from 'vitest';
import type { RgbaFrame } from '../../../../src/kernels/resize/contract.ts';
import { cropAndResize } from '../../../../src/kernels/resize/reference.ts';
import { drawColours } from '../../../../src/training/trainer/colourJitter.ts';
import { drawView, renderView, type View } from '../../../../src/training/trainer/view.ts';
import { seededRandom } from '../../../support/random.ts';
import { colourFrame } from '../../../support/tinyData.ts';

/** Red is the column, green the row. */
function coordinates(width: number, height: number): RgbaFrame {
  const data = new Uint8Array(width * height * 4);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) data.set([x, y, 7, 255], at);
  }
  return { data, width, height };
}

const noColours = { brightness: 0, contrast: 0, saturation: 0, colourCast: 0 };
const colours = drawColours(seededRandom(1), noColours);
const whole: View = { kind: 'crop', left: 0, top: 0, side: 1, mirrored: false, colours };

describe('a view', () => {
  test('of the centre is what the runtime sees', () => {
    const frame = colourFrame(1, 1, seededRandom(1));
    const view: View = { kind: 'centre', fraction: 0.875 };
    expect(renderView(frame, view, 16)).toEqual(cropAndResize(frame, 0.875, 16));
  });

  test('of the whole is the largest centre square', () => {
    const frame = colourFrame(1, 1, seededRandom(2));
    expect(renderView(frame, whole, 16)).toEqual(cropAndResize(frame, 1, 16));
  });

  test('of a part is that part of the frame', () => {
    // The centre square is columns 4 to 11; a half of it from a half on is 8 to 11.
    const pixels = renderView(coordinates(16, 8), { ...whole, left: 0.5, top: 0.25, side: 0.5 }, 4);
    const first = [...pixels.subarray(0, 3)];
    const last = [...pixels.subarray(-3)];
    expect(first).toEqual([8, 2, 7]);
    expect(last).toEqual([11, 5, 7]);
  });

  test('that is mirrored has its columns the other way round', () => {
    const frame = coordinates(8, 8);
    const plain = renderView(frame, whole, 8);
    const turned = renderView(frame, { ...whole, mirrored: true }, 8);
    for (let y = 0; y < 8; y++) {
      for (let x = 0; x < 8; x++) {
        expect(turned[3 * (8 * y + x)]).toBe(plain[3 * (8 * y + 7 - x)]);
      }
    }
  });

  test('drawn at random lies within the square and is as large as the recipe wants (seed 3)', () => {
    const random = seededRandom(3);
    let mirrored = 0;
    for (let i = 0; i < 500; i++) {
      const view = drawView(random, { smallestCrop: 0.6, mirror: true, ...noColours });
      if (view.kind !== 'crop') throw new Error('no crop');
      expect(view.side).toBeGreaterThanOrEqual(0.6);
      expect(view.left + view.side).toBeLessThanOrEqual(1);
      expect(view.top + view.side).toBeLessThanOrEqual(1);
      if (view.mirrored) mirrored++;
    }
    expect(mirrored).toBeGreaterThan(200);
    expect(mirrored).toBeLessThan(300);
  });

  test('without augmentation is always the whole square', () => {
    expect(drawView(seededRandom(4), { smallestCrop: 1, mirror: false, ...noColours })).toEqual(
      whole,
    );
  });
});

import type { RgbaFrame } from '../../src/kernels/resize/contract.ts';
import type {
  LabelledPictures,
  PictureRequest,
  Pictures,
  TrainingData,
} from '../../src/training/trainer/data.ts';
import { renderView } from '../../src/training/trainer/view.ts';
import { type Random, seededRandom } from './random.ts';

const classes = ['red', 'green', 'blue'];

/** Frames whose colour says the class; those of the target domain are darker. */
export function tinyData(seed: number, count = 15): TrainingData {
  const random = seededRandom(seed);
  const framesOf = (brightness: number) =>
    Array.from({ length: count }, (_, i) => colourFrame(i % classes.length, brightness, random));
  const source: LabelledPictures = {
    ...inMemoryPictures(framesOf(1)),
    labelOf: (index) => index % classes.length,
  };
  return { classes, source, target: inMemoryPictures(framesOf(0.6)) };
}

export function inMemoryPictures(frames: readonly RgbaFrame[]): Pictures {
  return {
    count: frames.length,
    load: async (requests, resolutions) =>
      new Map(resolutions.map((side) => [side, renderAll(frames, requests, side)])),
  };
}

function renderAll(
  frames: readonly RgbaFrame[],
  requests: readonly PictureRequest[],
  side: number,
): Uint8Array {
  const joined = new Uint8Array(requests.length * side * side * 3);
  requests.forEach(({ index, view }, i) => {
    joined.set(renderView(frames[index]!, view, side), i * side * side * 3);
  });
  return joined;
}

export function colourFrame(own: number, brightness: number, random: Random): RgbaFrame {
  const width = 36;
  const height = 30;
  const data = Uint8Array.from({ length: width * height * 4 }, (_, at) => {
    if (at % 4 === 3) return 255;
    return brightness * ((at % 4 === own ? 150 : 50) + 50 * random());
  });
  return { data, width, height };
}

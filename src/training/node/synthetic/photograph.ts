import { seededRandom } from '../../random.ts';
import type { Camera } from './camera.ts';
import type { Random } from './randomChoice.ts';

const channels = 3;

/**
 * Most of a sensor's noise is common to the channels, since each pixel measures one colour and borrows
 * the others; the squares add up to 1.
 */
const noiseMix = { common: 0.75, perChannel: Math.sqrt(1 - 0.75 ** 2) };

/** Brightness of stray light where it is all there is: that of a lamp or a window out of focus. */
const strayLevel = 200;

/** Enough to make repetition invisible. Computing each number anew would double the pass's time. */
const noiseTableLength = 4096;

/**
 * What a camera makes of a scene: perspective, blur, vignetting, stray light, colour cast, tone curve and
 * noise, in one pass over the pixels.
 * @param sceneRgb sidePx x sidePx x 3 bytes
 * @returns as much again
 */
export function photograph(
  sceneRgb: Uint8Array,
  sidePx: number,
  camera: Camera,
  random: Random,
): Uint8Array {
  const picture = new Uint8ClampedArray(sceneRgb.length);
  const [across, down] = camera.keystone;
  // The widest view that a keystone leaves inside the scene.
  const zoom = 1 - Math.abs(across) - Math.abs(down);
  const tapsX = Float64Array.from(camera.blurTaps, ([x]) => x * sidePx);
  const tapsY = Float64Array.from(camera.blurTaps, ([, y]) => y * sidePx);
  const tapCount = tapsX.length;
  const [redGain, greenGain, blueGain] = camera.gains.map((gain) => gain / tapCount) as Gains;
  const sceneShare = 1 - camera.veil;
  const stray = camera.veil * strayLevel * tapCount;
  const tone = toneTable(camera.gamma);
  const normal = normalNumbers();
  const common = noiseMix.common * camera.noiseSteps;
  const perChannel = noiseMix.perChannel * camera.noiseSteps;
  const half = sidePx / 2;
  const last = sidePx - 1;
  let at = 0;
  for (let row = 0; row < sidePx; row++) {
    const y = (row + 0.5 - half) / half;
    for (let column = 0; column < sidePx; column++, at += channels) {
      const x = (column + 0.5 - half) / half;
      const spread = (zoom * half) / (1 + across * x + down * y);
      const sceneX = half + x * spread;
      const sceneY = half + y * spread;
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let tap = 0; tap < tapCount; tap++) {
        const pixelX = Math.min(last, Math.max(0, (sceneX + tapsX[tap]!) | 0));
        const pixelY = Math.min(last, Math.max(0, (sceneY + tapsY[tap]!) | 0));
        const from = (pixelY * sidePx + pixelX) * channels;
        red += sceneRgb[from]!;
        green += sceneRgb[from + 1]!;
        blue += sceneRgb[from + 2]!;
      }
      const light = 1 - camera.vignetting * 0.5 * (x * x + y * y);
      const sceneLight = light * sceneShare;
      const strayLight = light * stray;
      const grain = common * normal[(random() * noiseTableLength) | 0]!;
      const redGrain = grain + perChannel * normal[(random() * noiseTableLength) | 0]!;
      const greenGrain = grain + perChannel * normal[(random() * noiseTableLength) | 0]!;
      const blueGrain = grain + perChannel * normal[(random() * noiseTableLength) | 0]!;
      picture[at] =
        tone[Math.min(255, ((red * sceneLight + strayLight) * redGain) | 0)]! + redGrain;
      picture[at + 1] =
        tone[Math.min(255, ((green * sceneLight + strayLight) * greenGain) | 0)]! + greenGrain;
      picture[at + 2] =
        tone[Math.min(255, ((blue * sceneLight + strayLight) * blueGain) | 0)]! + blueGrain;
    }
  }
  return new Uint8Array(picture.buffer);
}

type Gains = [red: number, green: number, blue: number];

function toneTable(gamma: number): Float64Array {
  return Float64Array.from({ length: 256 }, (_, level) => 255 * (level / 255) ** gamma);
}

let normalTable: Float64Array | undefined;

/** Standard normal numbers (Box and Muller), the same ones in each process. */
function normalNumbers(): Float64Array {
  if (normalTable === undefined) {
    const random = seededRandom(noiseTableLength);
    normalTable = Float64Array.from({ length: noiseTableLength }, () => {
      return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    });
  }
  return normalTable;
}

import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import {
  drawPicture,
  type SyntheticDomain,
  syntheticClasses,
  syntheticDomains,
} from '../../../src/training/node/synthetic/domains.ts';
import { syntheticObjects } from '../../../src/training/node/synthetic/objects/table.ts';
import { Paint } from '../../../src/training/node/synthetic/paint.ts';
import { sceneDocument } from '../../../src/training/node/synthetic/scene.ts';
import { seededRandom } from '../../../src/training/random.ts';

const seed = 3;
const sidePx = 64;
const specimensPerClass = 4;

interface Statistics {
  readonly mean: number;
  readonly deviation: number;
}

function statisticsOf(values: readonly number[]): Statistics {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}

async function pixelsOf(
  domain: SyntheticDomain,
  className: string,
  number: number,
): Promise<Uint8Array> {
  const file = await drawPicture({ domain, className, number, seed, sidePx });
  return sharp(file).raw().toBuffer();
}

/** Red, green and blue of the outermost pixels. */
function rimOf(pixels: Uint8Array): readonly number[] {
  return Array.from(pixels).filter((_, i) => {
    const pixel = Math.floor(i / 3);
    const row = Math.floor(pixel / sidePx);
    const column = pixel % sidePx;
    return row === 0 || column === 0 || row === sidePx - 1 || column === sidePx - 1;
  });
}

/** @param channel 0 is red */
function channelMean(pixels: Uint8Array, channel: number): number {
  return statisticsOf(Array.from(pixels).filter((_, at) => at % 3 === channel)).mean;
}

/** Class by class, `specimensPerClass` of each. */
async function domainPixels(domain: SyntheticDomain): Promise<readonly Uint8Array[]> {
  const numbers = Array.from({ length: specimensPerClass }, (_, i) => i + 1);
  return Promise.all(
    syntheticClasses.flatMap((name) => numbers.map((number) => pixelsOf(domain, name, number))),
  );
}

describe(`the synthetic domains, seed ${seed}`, () => {
  test('differ in brightness, warmth, contrast and in how busy the rim is', async () => {
    const [catalogue, webcam] = await Promise.all(
      syntheticDomains.map(async (domain) => {
        const pictures = await domainPixels(domain);
        const whole = pictures.map((pixels) => statisticsOf(Array.from(pixels)));
        const rims = pictures.map((pixels) => statisticsOf(rimOf(pixels)));
        const meanOf = (values: readonly number[]) => statisticsOf(values).mean;
        return {
          brightness: meanOf(whole.map(({ mean }) => mean)),
          contrast: meanOf(whole.map(({ deviation }) => deviation)),
          redOverBlue: meanOf(
            pictures.map((pixels) => channelMean(pixels, 0) / channelMean(pixels, 2)),
          ),
          busyRim: meanOf(rims.map(({ deviation }, i) => deviation / whole[i]!.deviation)),
        };
      }),
    );
    expect(catalogue!.brightness).toBeGreaterThan(webcam!.brightness + 60);
    expect(webcam!.redOverBlue).toBeGreaterThan(1.2 * catalogue!.redOverBlue);
    expect(webcam!.contrast).toBeLessThan(0.7 * catalogue!.contrast);
    // By no more: half of the catalogue is set in rooms as well.
    expect(webcam!.busyRim).toBeGreaterThan(1.1 * catalogue!.busyRim);
  });

  test.each(syntheticDomains)('%s tells no class by its brightness', async (domain) => {
    const pictures = await domainPixels(domain);
    const brightness = pictures.map((pixels) => statisticsOf(Array.from(pixels)).mean);
    const classes = syntheticClasses.map((_, i) =>
      statisticsOf(brightness.slice(i * specimensPerClass, (i + 1) * specimensPerClass)),
    );
    const between = statisticsOf(classes.map(({ mean }) => mean)).deviation;
    const within = statisticsOf(classes.map(({ deviation }) => deviation)).mean;
    // Large objects cover more of a white ground than thin ones do, so the catalogue differs a little.
    expect(between).toBeLessThan(2 * within);
  });
});

describe(`the drawing, seed ${seed}`, () => {
  test.each(Object.entries(syntheticObjects))(
    'of a %s stays in its square and fills it',
    async (_, draw) => {
      for (let specimen = 0; specimen < 10; specimen++) {
        const random = seededRandom(seed * 1000 + specimen);
        const paint = new Paint(random, 'p');
        const content = draw(random, paint);
        const document = sceneDocument(content, [paint], 128);
        expect(document).not.toMatch(/NaN|undefined|Infinity/);
        const { info } = await sharp(Buffer.from(document))
          .trim({ background: { r: 0, g: 0, b: 0, alpha: 0 }, threshold: 1 })
          .toBuffer({ resolveWithObject: true });
        // One pixel is one unit here.
        expect(Math.max(info.width, info.height)).toBeGreaterThan(55);
        expect(Math.max(info.width, info.height)).toBeLessThan(112);
      }
    },
  );

  test('knows every class of the table once, in order', () => {
    expect(syntheticClasses).toEqual([...new Set(syntheticClasses)].sort());
    expect(syntheticClasses.length).toBe(10);
  });
});

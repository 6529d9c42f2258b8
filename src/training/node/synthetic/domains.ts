import sharp from 'sharp';
import { seededRandom } from '../../random.ts';
import { anyCamera } from './camera.ts';
import { catalogueScene } from './catalogue.ts';
import { syntheticObjects } from './objects/table.ts';
import { photograph } from './photograph.ts';
import { webcamScene } from './webcam.ts';

/** The labelled source domain first, the target domain second. */
export const syntheticDomains = ['catalogue', 'webcam'] as const;

export type SyntheticDomain = (typeof syntheticDomains)[number];

export const syntheticClasses: readonly string[] = Object.keys(syntheticObjects);

/** Which picture of a synthetic data set: the same values draw the same picture. */
export interface SyntheticPicture {
  readonly domain: SyntheticDomain;
  /** One of `syntheticClasses`. */
  readonly className: string;
  /** From 1. */
  readonly number: number;
  readonly seed: number;
  readonly sidePx: number;
}

/** Chosen so that the catalogue shows no artefacts. */
const catalogueJpegQuality = 92;

/** Draws one picture. @returns the bytes of a JPEG file of sidePx x sidePx */
export async function drawPicture(picture: SyntheticPicture): Promise<Uint8Array> {
  const { domain, className, number, seed, sidePx } = picture;
  const random = seededRandom(pictureSeed(`${seed}/${domain}/${className}/${number}`));
  const drawObject = syntheticObjects[className]!;
  switch (domain) {
    case 'catalogue': {
      const scene = Buffer.from(catalogueScene(drawObject, random, sidePx));
      return sharp(scene).removeAlpha().jpeg({ quality: catalogueJpegQuality }).toBuffer();
    }
    case 'webcam': {
      const scene = Buffer.from(webcamScene(drawObject, random, sidePx));
      const camera = anyCamera(random);
      const sceneRgb = await sharp(scene).removeAlpha().raw().toBuffer();
      const pixels = photograph(sceneRgb, sidePx, camera, random);
      return sharp(pixels, { raw: { width: sidePx, height: sidePx, channels: 3 } })
        .jpeg({ quality: camera.jpegQuality })
        .toBuffer();
    }
  }
}

/** A 32-bit seed for each name (FNV-1a), so that no picture depends on how many there are. */
function pictureSeed(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

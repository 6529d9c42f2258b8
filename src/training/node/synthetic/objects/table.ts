import type { Paint } from '../paint.ts';
import type { Random } from '../randomChoice.ts';
import { drawBook } from './book.ts';
import { drawBottle } from './bottle.ts';
import { drawChair } from './chair.ts';
import { drawClock } from './clock.ts';
import { drawHeadphones } from './headphones.ts';
import { drawKey } from './key.ts';
import { drawLamp } from './lamp.ts';
import { drawMug } from './mug.ts';
import { drawScissors } from './scissors.ts';
import { drawUmbrella } from './umbrella.ts';

/** Draws one specimen as SVG inside the square from -50 to 50, y pointing down. */
export type DrawObject = (random: Random, paint: Paint) => string;

/** One row per class of the synthetic data set, sorted by name. */
export const syntheticObjects: Readonly<Record<string, DrawObject>> = {
  book: drawBook,
  bottle: drawBottle,
  chair: drawChair,
  clock: drawClock,
  headphones: drawHeadphones,
  key: drawKey,
  lamp: drawLamp,
  mug: drawMug,
  scissors: drawScissors,
  umbrella: drawUmbrella,
};

import { between, happens, integerBetween, type Random } from './randomChoice.ts';
import { text } from './svg.ts';

export interface Colour {
  readonly hueDegrees: number;
  /** 0 to 1. */
  readonly saturation: number;
  /** 0 (black) to 1 (white). */
  readonly lightness: number;
}

type GradientStop = readonly [offset: number, colour: Colour];

/** How much lighter than the colour a gradient's lit side is, and how much darker its other side. */
const shading = { lit: 0.14, shade: 0.2 };

export function css({ hueDegrees, saturation, lightness }: Colour): string {
  return `hsl(${Math.round(hueDegrees)},${percent(saturation)},${percent(lightness)})`;
}

/** @param amount what to add to the lightness; negative darkens */
export function lighter(colour: Colour, amount: number): Colour {
  return { ...colour, lightness: Math.min(0.97, Math.max(0.03, colour.lightness + amount)) };
}

/**
 * The colours that one object or scene is made of. All classes draw theirs from the same distributions,
 * so that colour tells nothing about the class.
 */
export class Paint {
  readonly body: Colour;
  readonly accent: Colour;
  readonly metal: Colour;
  readonly pale: Colour;
  readonly #random: Random;
  readonly #idPrefix: string;
  readonly #definitions: string[] = [];

  /** @param idPrefix unlike that of any other paint in the same picture */
  constructor(random: Random, idPrefix: string) {
    this.#random = random;
    this.#idPrefix = idPrefix;
    this.body = this.anyColour();
    this.accent = this.anyColour();
    this.metal = grey(random, 0.3, 0.8);
    this.pale = { ...this.anyColour(), saturation: 0.2, lightness: between(random, 0.85, 0.95) };
  }

  anyColour(): Colour {
    const random = this.#random;
    if (happens(random, 0.25)) return grey(random, 0.15, 0.8);
    return {
      hueDegrees: between(random, 0, 360),
      saturation: between(random, 0.3, 0.9),
      lightness: between(random, 0.25, 0.65),
    };
  }

  /** Fill that is lit in the middle and dark at the edges, left to right. */
  round(colour: Colour): string {
    const lit = between(this.#random, 0.2, 0.5);
    return this.#gradient('linearGradient', '', [
      [0, lighter(colour, -shading.shade)],
      [lit, lighter(colour, shading.lit)],
      [1, lighter(colour, -shading.shade)],
    ]);
  }

  /** Fill that darkens along a direction. */
  flat(colour: Colour, direction: 'down' | 'right' = 'down'): string {
    const vector = direction === 'down' ? 'x2="0" y2="1"' : '';
    return this.#gradient('linearGradient', vector, [
      [0, lighter(colour, shading.lit / 2)],
      [1, lighter(colour, -shading.shade / 2)],
    ]);
  }

  /** Fill like a ball lit from above. */
  ball(colour: Colour): string {
    return this.#gradient('radialGradient', 'cx="0.4" cy="0.3" r="0.75"', [
      [0, lighter(colour, shading.lit)],
      [1, lighter(colour, -shading.shade)],
    ]);
  }

  /** Fill that fades from a colour in the middle to nothing: soft shadows and glows. */
  fading(colour: Colour, opacity: number): string {
    const id = this.#nextId();
    const stop = `stop-color="${css(colour)}"`;
    this.#definitions.push(
      `<radialGradient id="${id}"><stop offset="0.2" ${stop} stop-opacity="${text(opacity)}"/>` +
        `<stop offset="1" ${stop} stop-opacity="0"/></radialGradient>`,
    );
    return `url(#${id})`;
  }

  /** Fill with stripes of two colours, a pair of them every `period` units. */
  stripes(first: Colour, second: Colour, period: number): string {
    const id = this.#nextId();
    const turn = `gradientTransform="rotate(${45 * integerBetween(this.#random, 0, 3)})"`;
    const stops = [
      [0.46, first],
      [0.5, second],
      [0.96, second],
      [1, first],
    ] as const;
    // A repeating gradient is drawn several times as fast as a <pattern>.
    this.#definitions.push(
      `<linearGradient id="${id}" gradientUnits="userSpaceOnUse" x2="${text(period)}" ` +
        `spreadMethod="repeat" ${turn}>${stops.map(gradientStop).join('')}</linearGradient>`,
    );
    return `url(#${id})`;
  }

  /** What the fills refer to; belongs into the picture's <defs>. */
  definitions(): string {
    return this.#definitions.join('');
  }

  #gradient(
    element: 'linearGradient' | 'radialGradient',
    attributes: string,
    stops: readonly GradientStop[],
  ): string {
    const id = this.#nextId();
    const list = stops.map(gradientStop).join('');
    this.#definitions.push(`<${element} id="${id}" ${attributes}>${list}</${element}>`);
    return `url(#${id})`;
  }

  #nextId(): string {
    return `${this.#idPrefix}${this.#definitions.length}`;
  }
}

function grey(random: Random, darkest: number, lightest: number): Colour {
  return {
    hueDegrees: between(random, 0, 360),
    saturation: between(random, 0, 0.1),
    lightness: between(random, darkest, lightest),
  };
}

function gradientStop([offset, colour]: GradientStop): string {
  return `<stop offset="${text(offset)}" stop-color="${css(colour)}"/>`;
}

function percent(fraction: number): string {
  return `${Math.round(fraction * 100)}%`;
}

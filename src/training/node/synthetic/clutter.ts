import { css, lighter, type Paint } from './paint.ts';
import { between, happens, integerBetween, pick, type Random } from './randomChoice.ts';
import { sceneHalf } from './scene.ts';
import { area, ellipse, group, line, pathData, polygon, rectangle, text } from './svg.ts';

const clutterKinds = ['box', 'ball', 'paper', 'plant', 'stick', 'cable', 'cloth'] as const;

type ClutterKind = (typeof clutterKinds)[number];

/** Things of no class that stand about, anywhere in the scene. */
export function drawClutter(random: Random, paint: Paint): string {
  const things = Array.from({ length: integerBetween(random, 0, 2) }, () => {
    const x = between(random, -sceneHalf, sceneHalf);
    const y = between(random, -sceneHalf * 0.5, sceneHalf);
    return drawThing(random, paint, x, y, between(random, 0.6, 1.5));
  });
  return things.join('');
}

/** What stands between camera and object: it covers at most part of the object. */
export function drawForeground(random: Random, paint: Paint): string {
  if (happens(random, 0.75)) return '';
  const side = pick(random, [-1, 1]);
  const x = side * between(random, sceneHalf * 0.75, sceneHalf);
  const y = between(random, sceneHalf * 0.5, sceneHalf);
  return drawThing(random, paint, x, y, between(random, 0.8, 1.4));
}

function drawThing(random: Random, paint: Paint, x: number, y: number, scale: number): string {
  const turnDegrees = between(random, -30, 30);
  const transform = `translate(${text(x)} ${text(y)}) rotate(${text(turnDegrees)}) scale(${text(scale)})`;
  return group(transform, thingOf(pick(random, clutterKinds), random, paint));
}

function thingOf(kind: ClutterKind, random: Random, paint: Paint): string {
  const colour = paint.anyColour();
  switch (kind) {
    case 'box': {
      const width = between(random, 12, 26);
      const height = between(random, 8, 24);
      return (
        polygon(
          [
            [width, 0],
            [width + 6, -5],
            [width + 6, height - 5],
            [width, height],
          ],
          css(lighter(colour, -0.18)),
        ) + rectangle(0, 0, width, height, paint.flat(colour))
      );
    }
    case 'ball': {
      const radius = between(random, 5, 12);
      return ellipse(0, 0, radius, radius, paint.ball(colour));
    }
    case 'paper': {
      const width = between(random, 18, 34);
      return group(
        'skewX(-30)',
        rectangle(-width / 2, 0, width, between(random, 8, 18), css(paint.pale)),
      );
    }
    case 'plant': {
      const leaves = Array.from({ length: integerBetween(random, 4, 8) }, () => {
        const length = between(random, 16, 34);
        const leaf = area(
          pathData`M0 0 Q${6} ${-length / 2} 0 ${-length} Q${-6} ${-length / 2} 0 0`,
          css(colour),
        );
        return group(`rotate(${text(between(random, -80, 80))})`, leaf);
      });
      return leaves.join('');
    }
    case 'stick':
      return rectangle(-22, 0, between(random, 30, 60), between(random, 2, 5), css(colour), 1);
    case 'cable': {
      const swing = between(random, 8, 26);
      const data = pathData`M-40 0 q${swing} ${-swing} ${25} 0 t${25} ${swing / 2} t${30} 0`;
      return line(data, { colour: css(lighter(colour, -0.15)), width: between(random, 1, 2.5) });
    }
    case 'cloth': {
      const size = between(random, 12, 24);
      const figure = paint.anyColour();
      const fill = paint.stripes(colour, figure, between(random, 3, 8));
      return area(
        pathData`M${-size} ${size / 2} Q${-size / 2} ${-size} ${size / 3} ${-size / 2} T${size} ${size / 2} Z`,
        fill,
      );
    }
  }
}

import { type Colour, css, lighter, type Paint } from '../paint.ts';
import { between, happens, type Random } from '../randomChoice.ts';
import { ellipse, line, pathData, rectangle } from '../svg.ts';

/** A dial with marks and hands in a round or square case; some ring, on two feet. */
export function drawClock(random: Random, paint: Paint): string {
  const radius = between(random, 34, 42);
  const rim = between(random, 4, 8);
  const isRound = happens(random, 0.75);
  const dial = happens(random, 0.7) ? paint.pale : lighter(paint.accent, 0.1);
  const ink = dial.lightness > 0.5 ? lighter(dial, -0.7) : lighter(dial, 0.6);
  const inner = radius - rim;
  return [
    isRound && happens(random, 0.4) ? bellsAndFeet(paint, radius) : '',
    isRound
      ? ellipse(0, 0, radius, radius, paint.flat(paint.body))
      : rectangle(-radius, -radius, radius * 2, radius * 2, paint.flat(paint.body), 6),
    isRound
      ? ellipse(0, 0, inner, inner, css(dial))
      : rectangle(-inner, -inner, inner * 2, inner * 2, css(dial), 3),
    marks(random, inner, ink),
    hand(random, inner * between(random, 0.45, 0.55), between(random, 3.5, 5), ink),
    hand(random, inner * between(random, 0.7, 0.8), between(random, 2, 3.5), ink),
    happens(random, 0.4) ? hand(random, inner * 0.8, 1, paint.accent) : '',
    ellipse(0, 0, 3, 3, css(ink)),
  ].join('');
}

function marks(random: Random, radius: number, ink: Colour): string {
  const count = happens(random, 0.7) ? 12 : 4;
  const stroke = { colour: css(ink), width: between(random, 1.5, 3) };
  return Array.from({ length: count }, (_, i) => {
    const [x, y] = onCircle((i / count) * 2 * Math.PI);
    const outer = radius * 0.92;
    const inner = radius * (i % (count / 4) === 0 ? 0.76 : 0.83);
    return line(pathData`M${x * outer} ${y * outer} L${x * inner} ${y * inner}`, stroke);
  }).join('');
}

function hand(random: Random, length: number, width: number, colour: Colour): string {
  const [x, y] = onCircle(between(random, 0, 2 * Math.PI));
  const tail = -length * 0.15;
  return line(pathData`M${x * tail} ${y * tail} L${x * length} ${y * length}`, {
    colour: css(colour),
    width,
  });
}

function bellsAndFeet(paint: Paint, radius: number): string {
  const bell = radius * 0.34;
  const across = radius * 0.62;
  const stroke = { colour: css(paint.metal), width: 5 };
  return [
    line(pathData`M${-across} ${across} L${-radius * 0.8} ${radius * 1.08}`, stroke),
    line(pathData`M${across} ${across} L${radius * 0.8} ${radius * 1.08}`, stroke),
    ellipse(-across, -radius * 0.86, bell, bell * 0.9, paint.ball(paint.accent)),
    ellipse(across, -radius * 0.86, bell, bell * 0.9, paint.ball(paint.accent)),
  ].join('');
}

function onCircle(radians: number): readonly [number, number] {
  return [Math.cos(radians), Math.sin(radians)];
}

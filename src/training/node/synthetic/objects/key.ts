import { css, lighter, type Paint } from '../paint.ts';
import { between, integerBetween, pick, type Random } from '../randomChoice.ts';
import { ellipse, ellipseRing, group, line, pathData, rectangle } from '../svg.ts';

/** A bow with a hole, a thin shaft, teeth on one side of its end. */
export function drawKey(random: Random, paint: Paint): string {
  const bow = between(random, 13, 18);
  const shaft = between(random, 5, 8);
  const bowX = -48 + bow;
  const shaftStart = bowX + bow - 2;
  const fill = paint.flat(paint.body);
  const teeth = Array.from({ length: integerBetween(random, 2, 4) }, (_, i) =>
    rectangle(44 - i * 8, shaft / 2 - 0.5, between(random, 4, 6), between(random, 7, 14), fill),
  );
  return group(
    `rotate(${Math.round(between(random, -65, -15))})`,
    [
      rectangle(shaftStart, -shaft / 2, 50 - shaftStart, shaft, fill, 1.5),
      line(pathData`M${shaftStart} -1 H46`, { colour: css(lighter(paint.body, 0.15)), width: 1 }),
      ...teeth,
      rectangle(shaftStart + 3, -shaft * 0.8, 4, shaft * 1.6, css(paint.accent), 1),
      drawBow(random, paint, bowX, bow),
    ].join(''),
  );
}

function drawBow(random: Random, paint: Paint, x: number, radius: number): string {
  const kind = pick(random, ['ring', 'oval', 'trefoil']);
  const width = between(random, 5, 8);
  const stroke = { colour: css(paint.body), width };
  if (kind === 'ring') return ellipseRing(x, 0, radius - width / 2, radius - width / 2, stroke);
  if (kind === 'oval') return ellipseRing(x, 0, radius * 0.7, radius * 1.1, stroke);
  const leaf = radius * 0.5;
  return (
    ellipseRing(x + leaf * 0.4, -leaf * 1.1, leaf, leaf, stroke) +
    ellipseRing(x + leaf * 0.4, leaf * 1.1, leaf, leaf, stroke) +
    ellipseRing(x - leaf * 0.8, 0, leaf, leaf, stroke) +
    ellipse(x, 0, leaf * 0.5, leaf * 0.5, css(paint.body))
  );
}

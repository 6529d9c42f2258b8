import { css, lighter, type Paint } from '../paint.ts';
import { between, happens, pick, type Random } from '../randomChoice.ts';
import { area, ellipse, line, pathData, rectangle } from '../svg.ts';

/** A cylinder open at the top, with a handle on its right. */
export function drawMug(random: Random, paint: Paint): string {
  const top = between(random, 23, 30);
  const bottom = top * between(random, 0.78, 1);
  const height = between(random, 50, 72);
  const rim = between(random, 5, 10);
  const y = -height / 2;
  const handleTop = y + height * between(random, 0.15, 0.25);
  const handleBottom = y + height * between(random, 0.7, 0.85);
  const reach = between(random, 20, 30);
  const x = -reach / 3;
  const handle = pathData`M${x + top - 2} ${handleTop}
    c${reach} ${-2} ${reach} ${handleBottom - handleTop + 2} ${-2} ${handleBottom - handleTop}`;
  const side = pathData`M${x - top} ${y} L${x - bottom} ${-y - rim}
    A${bottom} ${rim} 0 0 0 ${x + bottom} ${-y - rim} L${x + top} ${y} Z`;
  const handleColour = happens(random, 0.7) ? paint.body : paint.accent;
  return [
    line(handle, { colour: css(lighter(handleColour, -0.06)), width: between(random, 6, 9) }),
    area(side, paint.round(paint.body)),
    decoration(random, paint, x, bottom, height),
    ellipse(x, y, top, rim, css(lighter(paint.body, 0.12))),
    ellipse(x, y + 1, top - 3, rim - 2.5, css(lighter(paint.body, -0.22))),
  ].join('');
}

function decoration(
  random: Random,
  paint: Paint,
  x: number,
  halfWidth: number,
  height: number,
): string {
  const kind = pick(random, ['none', 'band', 'spot', 'badge']);
  if (kind === 'none') return '';
  if (kind === 'band') {
    const width = halfWidth * 2;
    return rectangle(
      x - halfWidth,
      between(random, -8, 4),
      width,
      between(random, 6, 14),
      css(paint.accent),
    );
  }
  const size = between(random, 6, 11);
  if (kind === 'spot') return ellipse(x, height * 0.08, size, size, css(paint.accent));
  return rectangle(x - size, height * 0.08 - size, size * 2, size * 2, css(paint.accent), 2);
}

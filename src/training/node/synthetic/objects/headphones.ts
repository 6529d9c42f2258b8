import { css, lighter, type Paint } from '../paint.ts';
import { between, happens, type Random } from '../randomChoice.ts';
import { line, pathData, rectangle } from '../svg.ts';

/** A band bent over the head with a cup at either end. */
export function drawHeadphones(random: Random, paint: Paint): string {
  const radius = between(random, 30, 38);
  const rise = between(random, 36, 46);
  const cupWidth = between(random, 13, 18);
  const cupHeight = between(random, 30, 40);
  const cupY = between(random, 2, 8);
  const band = { colour: css(paint.body), width: between(random, 5, 9) };
  const arc = pathData`M${-radius} ${cupY + 6} V${cupY - 8}
    C${-radius} ${cupY - rise - 12} ${radius} ${cupY - rise - 12} ${radius} ${cupY - 8}
    V${cupY + 6}`;
  const cup = (side: 1 | -1): string => {
    const outer = side === 1 ? radius - 3 : -radius + 3 - cupWidth;
    const cushion = side === 1 ? radius - 9 : -radius + 1;
    return (
      rectangle(outer, cupY - 2, cupWidth, cupHeight, paint.round(paint.accent), cupWidth * 0.45) +
      rectangle(cushion, cupY, 8, cupHeight - 4, css(lighter(paint.metal, -0.25)), 4)
    );
  };
  return [
    line(arc, band),
    line(arc, { colour: css(lighter(paint.body, 0.12)), width: band.width * 0.3 }),
    happens(random, 0.3) ? cable(random, paint, -radius - 3, cupY + cupHeight) : '',
    cup(-1),
    cup(1),
  ].join('');
}

function cable(random: Random, paint: Paint, x: number, y: number): string {
  const swing = between(random, 10, 30);
  return line(pathData`M${x} ${y - 4} q${-4} ${14} ${swing} ${10} t${swing} ${4}`, {
    colour: css(lighter(paint.metal, -0.2)),
    width: 2,
  });
}

import { css, lighter, type Paint } from '../paint.ts';
import { between, happens, type Random } from '../randomChoice.ts';
import { area, faded, pathData, rectangle } from '../svg.ts';

/** A tall body with shoulders, a narrow neck and a cap. */
export function drawBottle(random: Random, paint: Paint): string {
  const body = between(random, 12, 18);
  const neck = between(random, 4, 6.5);
  const neckLength = between(random, 14, 26);
  const shoulder = between(random, 8, 22);
  const capHeight = between(random, 5, 9);
  const top = -50;
  const base = between(random, 42, 50);
  const neckTop = top + capHeight;
  const shoulderTop = neckTop + neckLength;
  const shoulderEnd = shoulderTop + shoulder;
  const bendNeck = shoulderTop + shoulder * 0.6;
  const bendBody = shoulderTop + shoulder * 0.5;
  const outline = pathData`M${-neck} ${neckTop} V${shoulderTop}
    C${-neck} ${bendNeck} ${-body} ${bendBody} ${-body} ${shoulderEnd}
    V${base - 4} Q${-body} ${base} ${-body + 4} ${base}
    H${body - 4} Q${body} ${base} ${body} ${base - 4} V${shoulderEnd}
    C${body} ${bendBody} ${neck} ${bendNeck} ${neck} ${shoulderTop} V${neckTop} Z`;
  const cap = neck + between(random, 0.5, 2);
  return [
    area(outline, paint.round(paint.body)),
    happens(random, 0.7) ? label(random, paint, body, shoulderEnd, base) : '',
    faded(
      0.35,
      rectangle(-body * 0.6, shoulderEnd, body * 0.22, base - shoulderEnd - 8, '#fff', 2),
    ),
    rectangle(-cap, top, cap * 2, capHeight, paint.round(paint.accent), 1.5),
  ].join('');
}

function label(random: Random, paint: Paint, body: number, from: number, to: number): string {
  const y = from + (to - from) * between(random, 0.1, 0.3);
  const height = (to - from) * between(random, 0.3, 0.5);
  const ground = happens(random, 0.5) ? paint.pale : paint.accent;
  return (
    rectangle(-body, y, body * 2, height, paint.round(ground)) +
    rectangle(-body * 0.5, y + height * 0.4, body, height * 0.2, css(lighter(paint.body, -0.1)))
  );
}

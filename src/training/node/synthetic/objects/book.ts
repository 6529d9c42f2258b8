import { css, lighter, type Paint } from '../paint.ts';
import { between, happens, integerBetween, type Random } from '../randomChoice.ts';
import { area, line, pathData, polygon, rectangle } from '../svg.ts';

/** A closed book showing its cover and pages, or an open one. */
export function drawBook(random: Random, paint: Paint): string {
  return happens(random, 0.75) ? closedBook(random, paint) : openBook(random, paint);
}

function closedBook(random: Random, paint: Paint): string {
  const width = between(random, 46, 58);
  const height = between(random, 66, 80);
  const thickness = between(random, 9, 17);
  const lean = between(random, 5, 10);
  const x = -(width + thickness) / 2;
  const y = -(height + lean) / 2;
  const right = x + width;
  const bottom = y + height;
  const pages = css(paint.pale);
  const edge = css(lighter(paint.body, -0.2));
  const sheets = Array.from({ length: 3 }, (_, i) => {
    const inset = ((i + 1) * thickness) / 4;
    return line(
      pathData`M${x + inset} ${bottom + (lean * inset) / thickness} H${right + inset} V${y + lean}`,
      { colour: css(lighter(paint.pale, -0.25)), width: 0.8 },
    );
  });
  return [
    polygon(
      [
        [x + thickness, y + lean],
        [right + thickness, y + lean],
        [right + thickness, bottom + lean],
        [x + thickness, bottom + lean],
      ],
      edge,
    ),
    polygon(
      [
        [x, bottom - 2],
        [right, y + 2],
        [right + thickness - 2, y + lean + 2],
        [right + thickness - 2, bottom + lean - 2],
        [x + thickness, bottom + lean - 2],
      ],
      pages,
    ),
    ...sheets,
    rectangle(x, y, width, height, paint.flat(paint.body, 'right'), 1.5),
    rectangle(x, y, between(random, 4, 7), height, edge),
    cover(random, paint, x + 10, y, width - 14, height),
  ].join('');
}

function cover(
  random: Random,
  paint: Paint,
  x: number,
  y: number,
  width: number,
  height: number,
): string {
  const ink = css(happens(random, 0.5) ? paint.pale : paint.accent);
  const lines = Array.from({ length: integerBetween(random, 1, 3) }, (_, i) => {
    const length = width * between(random, 0.5, 1);
    return rectangle(x + (width - length) / 2, y + 8 + i * 8, length, 4, ink);
  });
  if (happens(random, 0.5)) {
    const size = width * between(random, 0.4, 0.8);
    lines.push(rectangle(x + (width - size) / 2, y + height * 0.5, size, height * 0.35, ink, 2));
  }
  return lines.join('');
}

function openBook(random: Random, paint: Paint): string {
  const half = between(random, 40, 48);
  const height = between(random, 46, 58);
  const sag = between(random, 5, 11);
  const y = -height / 2;
  const page = (side: 1 | -1, fill: string, grow: number) =>
    area(
      pathData`M0 ${y + sag}
        Q${side * half * 0.5} ${y - sag} ${side * (half + grow)} ${y + 2}
        V${-y + grow} Q${side * half * 0.5} ${-y - sag} 0 ${-y + sag + grow} Z`,
      fill,
    );
  const rows = Array.from({ length: 5 }, (_, i) => {
    const rowY = y + 12 + (i * (height - 16)) / 5;
    const stroke = { colour: css(lighter(paint.pale, -0.35)), width: 1.4 };
    return (
      line(pathData`M${-half + 6} ${rowY} L-7 ${rowY + sag * 0.5}`, stroke) +
      line(pathData`M7 ${rowY + sag * 0.5} L${half - 6} ${rowY}`, stroke)
    );
  });
  return [
    page(-1, css(paint.body), 3),
    page(1, css(paint.body), 3),
    page(-1, paint.flat(paint.pale, 'right'), 0),
    page(1, css(paint.pale), 0),
    ...rows,
    line(pathData`M0 ${y + sag} V${-y + sag}`, {
      colour: css(lighter(paint.pale, -0.4)),
      width: 1,
    }),
  ].join('');
}

import { type Colour, css, lighter, type Paint } from '../paint.ts';
import { between, happens, integerBetween, type Random } from '../randomChoice.ts';
import { line, pathData, polygon } from '../svg.ts';

/** A chair seen from the front right: four legs, a seat, a back. */
export function drawChair(random: Random, paint: Paint): string {
  const half = between(random, 19, 25);
  const depthX = between(random, 8, 15);
  const depthY = between(random, 7, 13);
  const seatY = between(random, 4, 10);
  const top = -50;
  const floor = 50;
  const frame = happens(random, 0.5) ? paint.body : paint.metal;
  const width = between(random, 3, 5);
  const left = -half - depthX / 2;
  const right = half - depthX / 2;
  const leg = (x: number, from: number, to: number, colour: Colour) =>
    line(pathData`M${x} ${from} L${x} ${to}`, { colour: css(colour), width });
  const shaded = lighter(frame, -0.15);
  return [
    leg(left + depthX, top, floor - depthY, shaded),
    leg(right + depthX, top, floor - depthY, shaded),
    back(random, paint, { left: left + depthX, right: right + depthX, top, seat: seatY - depthY }),
    leg(left, seatY, floor, frame),
    leg(right, seatY, floor, frame),
    polygon(
      [
        [left - 2, seatY],
        [right + 2, seatY],
        [right + depthX + 2, seatY - depthY],
        [left + depthX - 2, seatY - depthY],
      ],
      paint.flat(lighter(paint.accent, 0.06), 'right'),
    ),
    line(pathData`M${left} ${seatY + 1.5} H${right}`, {
      colour: css(lighter(paint.accent, -0.12)),
      width: between(random, 3, 7),
    }),
  ].join('');
}

interface BackFrame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly seat: number;
}

function back(random: Random, paint: Paint, { left, right, top, seat }: BackFrame): string {
  const height = seat - top;
  if (happens(random, 0.4)) {
    const bottom = seat - height * between(random, 0.15, 0.4);
    return polygon(
      [
        [left, top],
        [right, top],
        [right, bottom],
        [left, bottom],
      ],
      paint.flat(paint.accent),
    );
  }
  const stroke = { colour: css(paint.body), width: between(random, 3, 5) };
  const slats = integerBetween(random, 2, 4);
  const isUpright = happens(random, 0.5);
  const crossbars = Array.from({ length: slats }, (_, i) => {
    const along = (i + (isUpright ? 1 : 0)) / (slats + 1);
    return isUpright
      ? line(pathData`M${left + (right - left) * along} ${top + 4} V${seat}`, stroke)
      : line(pathData`M${left} ${top + 4 + height * along} H${right}`, stroke);
  });
  return crossbars.join('') + line(pathData`M${left} ${top + 2} H${right}`, stroke);
}

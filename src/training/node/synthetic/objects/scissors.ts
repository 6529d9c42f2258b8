import { type Colour, css, lighter, type Paint } from '../paint.ts';
import { between, happens, type Random } from '../randomChoice.ts';
import { area, ellipse, ellipseRing, group, line, pathData } from '../svg.ts';

/** Two crossed blades that turn on a screw, each with a ring for the fingers. */
export function drawScissors(random: Random, paint: Paint): string {
  const openingDegrees = between(random, 9, 24);
  const blade = between(random, 40, 50);
  const pivotY = between(random, -4, 6);
  const bladeColour = happens(random, 0.6) ? paint.metal : lighter(paint.accent, 0.1);
  const ring = {
    x: between(random, 4, 8),
    y: between(random, 32, 38),
    radiusX: between(random, 8, 11),
    radiusY: between(random, 10, 15),
    width: between(random, 4, 6.5),
  };
  const half = (colour: Colour, handle: Colour): string => {
    const bladePath = pathData`M-1 ${-blade} Q5 ${-blade * 0.5} 5 4 L-3 6 Z`;
    const stroke = { colour: css(handle), width: ring.width };
    return [
      area(bladePath, paint.flat(colour, 'right')),
      line(pathData`M1 2 L${ring.x - 2} ${ring.y - ring.radiusY}`, stroke),
      ellipseRing(ring.x, ring.y, ring.radiusX, ring.radiusY, stroke),
    ].join('');
  };
  const below = half(lighter(bladeColour, -0.12), lighter(paint.body, -0.08));
  const above = half(bladeColour, paint.body);
  const turnDegrees = between(random, -40, 40);
  return group(
    `rotate(${Math.round(turnDegrees)}) translate(0 ${Math.round(pivotY)})`,
    group(`rotate(${Math.round(-openingDegrees)})`, below) +
      group(`scale(-1 1) rotate(${Math.round(-openingDegrees)})`, above) +
      ellipse(0, 1, 2.4, 2.4, css(lighter(paint.metal, -0.3))),
  );
}

import { css, lighter, type Paint } from '../paint.ts';
import { between, happens, integerBetween, type Random } from '../randomChoice.ts';
import { area, group, line, pathData } from '../svg.ts';

/** An open umbrella from the side: a scalloped canopy on a stick with a hooked handle. */
export function drawUmbrella(random: Random, paint: Paint): string {
  const half = between(random, 38, 48);
  const top = -42;
  const hem = top + between(random, 34, 46);
  const panels = integerBetween(random, 4, 6);
  const second = happens(random, 0.6) ? paint.accent : lighter(paint.body, -0.1);
  const canopy = Array.from({ length: panels }, (_, i) => {
    const from = edgeAt(i, panels, half);
    const to = edgeAt(i + 1, panels, half);
    const colour = i % 2 === 0 ? paint.body : second;
    return area(panelPath(from, to, top, hem), paint.flat(colour));
  });
  const hook = between(random, 7, 11);
  const stickEnd = between(random, 34, 40);
  const stick = { colour: css(paint.metal), width: between(random, 2.5, 4) };
  const grip = { colour: css(lighter(paint.accent, -0.1)), width: between(random, 4, 6) };
  return group(
    `rotate(${Math.round(between(random, -15, 15))})`,
    [
      line(pathData`M0 -49 V${stickEnd}`, stick),
      line(pathData`M0 ${stickEnd - 6} V${stickEnd} a${hook / 2} ${hook} 0 0 0 ${hook} 0`, grip),
      ...canopy,
    ].join(''),
  );
}

/** Panels look narrower towards the sides of the dome. */
function edgeAt(index: number, panels: number, half: number): number {
  return half * Math.sin(Math.PI * (index / panels - 0.5));
}

function panelPath(from: number, to: number, top: number, hem: number): string {
  const middle = (from + to) / 2;
  const scallop = hem - Math.abs(to - from) * 0.3;
  const bulge = top + (hem - top) * 0.25;
  return pathData`M0 ${top}
    Q${from * 0.95} ${bulge} ${from} ${hem}
    Q${middle} ${scallop} ${to} ${hem}
    Q${to * 0.95} ${bulge} 0 ${top} Z`;
}

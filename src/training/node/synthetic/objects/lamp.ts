import { css, lighter, type Paint } from '../paint.ts';
import { between, happens, type Random } from '../randomChoice.ts';
import { area, ellipse, line, pathData, polygon, rectangle } from '../svg.ts';

/** A table lamp under a wide shade, or a desk lamp on a bent arm. */
export function drawLamp(random: Random, paint: Paint): string {
  return happens(random, 0.7) ? tableLamp(random, paint) : deskLamp(random, paint);
}

function tableLamp(random: Random, paint: Paint): string {
  const narrow = between(random, 10, 18);
  const wide = between(random, 25, 36);
  const shadeTop = -48;
  const shadeBottom = shadeTop + between(random, 32, 44);
  const footRadius = between(random, 13, 20);
  const floor = 46;
  const stem = { colour: css(paint.metal), width: between(random, 3, 6) };
  const vase = pathData`M-4 ${shadeBottom + 8}
    C-20 ${shadeBottom + 26} -14 ${floor - 8} -8 ${floor - 2} H8
    C14 ${floor - 8} 20 ${shadeBottom + 26} 4 ${shadeBottom + 8} Z`;
  return [
    line(pathData`M0 ${shadeBottom - 4} V${floor - 2}`, stem),
    happens(random, 0.5) ? area(vase, paint.round(paint.accent)) : '',
    ellipse(0, floor, footRadius, between(random, 3, 5), css(lighter(paint.metal, -0.1))),
    polygon(
      [
        [-narrow, shadeTop],
        [narrow, shadeTop],
        [wide, shadeBottom],
        [-wide, shadeBottom],
      ],
      happens(random, 0.25)
        ? paint.stripes(paint.body, paint.accent, between(random, 6, 12))
        : paint.round(paint.body),
    ),
    rectangle(-wide, shadeBottom - 3, wide * 2, 3, css(lighter(paint.body, -0.15))),
  ].join('');
}

function deskLamp(random: Random, paint: Paint): string {
  const elbowX = between(random, -34, -24);
  const elbowY = between(random, -14, 0);
  const headX = between(random, 8, 18);
  const headY = between(random, -42, -34);
  const arm = { colour: css(paint.metal), width: between(random, 3, 5) };
  const reach = between(random, 24, 32);
  const head = pathData`M${headX - 7} ${headY + 3} L${headX + 4} ${headY - 7}
    L${headX + reach} ${headY + reach * 0.4} L${headX - 4} ${headY + reach} Z`;
  return [
    ellipse(-6, 45, between(random, 18, 24), 5, paint.flat(paint.accent)),
    line(pathData`M-6 43 L${elbowX} ${elbowY} L${headX} ${headY}`, arm),
    ellipse(elbowX, elbowY, 4, 4, css(paint.accent)),
    area(head, paint.round(paint.body)),
  ].join('');
}

import { type Colour, css, lighter, type Paint } from './paint.ts';
import { between, happens, integerBetween, pick, type Random } from './randomChoice.ts';
import { sceneHalf } from './scene.ts';
import { ellipse, faded, line, pathData, polygon, rectangle, text } from './svg.ts';

/** Scenes are drawn this far, so that nothing ends inside the picture. */
const reach = sceneHalf + 4;

/** A wall with so many things on it, and the table in front of it. */
export function drawRoom(random: Random, paint: Paint, hangingCount: number): string {
  const horizon = between(random, -5, 45);
  const hangings = Array.from({ length: hangingCount }, () => drawHanging(random, paint, horizon));
  return [drawWall(random, paint), ...hangings, drawTable(random, paint, horizon)].join('');
}

function drawWall(random: Random, paint: Paint): string {
  const colour: Colour = {
    hueDegrees: between(random, 0, 360),
    saturation: between(random, 0.02, 0.4),
    lightness: between(random, 0.4, 0.85),
  };
  const side = 2 * reach;
  const paper = (fill: string) => rectangle(-reach, -reach, side, side, fill);
  const ground = paper(paint.flat(colour, pick(random, ['down', 'right'])));
  const second = lighter(colour, between(random, -0.1, 0.08));
  switch (pick(random, ['plain', 'stripes', 'dots', 'bricks'])) {
    case 'plain':
      return ground;
    case 'stripes':
      return paper(paint.stripes(colour, second, between(random, 6, 24)));
    case 'dots':
      return ground + drawDots(random, second);
    case 'bricks':
      return ground + drawJoints(random, second);
  }
}

function drawDots(random: Random, colour: Colour): string {
  const period = between(random, 8, 18);
  const rows: string[] = [];
  for (let y = -reach, row = 0; y < reach; y += period, row++) {
    rows.push(pathData`M${-reach + (row % 2) * (period / 2)} ${y} H${reach}`);
  }
  const width = period * between(random, 0.25, 0.5);
  // Dashes of no length with round ends: one path instead of a hundred circles.
  const dashes = `stroke-dasharray="0 ${text(period)}"`;
  return `<g ${dashes}>${line(rows.join(''), { colour: css(colour), width })}</g>`;
}

function drawJoints(random: Random, colour: Colour): string {
  const height = between(random, 8, 18);
  const width = height * between(random, 1, 2.5);
  const commands: string[] = [];
  for (let row = 0, y = -reach; y < reach; row++, y += height) {
    commands.push(pathData`M${-reach} ${y} H${reach}`);
    for (let x = -reach + (row % 2) * (width / 2); x < reach; x += width) {
      commands.push(pathData`M${x} ${y} V${y + height}`);
    }
  }
  return line(commands.join(''), { colour: css(colour), width: between(random, 0.7, 2) });
}

function drawHanging(random: Random, paint: Paint, horizon: number): string {
  const width = between(random, 20, 50);
  const height = between(random, 20, 50);
  const x = between(random, -reach, reach - 15);
  const y = between(random, -reach - 10, horizon - 15);
  const frame = css(paint.anyColour());
  const border = between(random, 1.5, 4);
  const inside = { x: x + border, y: y + border, w: width - 2 * border, h: height - 2 * border };
  const outline = rectangle(x, y, width, height, frame);
  switch (pick(random, ['window', 'poster', 'shelf', 'blind'])) {
    case 'window': {
      const bars = pathData`M${x + width / 2} ${y} v${height} M${x} ${y + height / 2} h${width}`;
      const pane = rectangle(inside.x, inside.y, inside.w, inside.h, paint.flat(paint.pale));
      return outline + pane + line(bars, { colour: frame, width: border, cap: 'butt' });
    }
    case 'poster': {
      const radius = Math.min(width, height) * between(random, 0.15, 0.3);
      return [
        outline,
        rectangle(inside.x, inside.y, inside.w, inside.h, paint.flat(paint.anyColour())),
        ellipse(x + width * random(), y + height / 2, radius, radius, css(paint.anyColour())),
      ].join('');
    }
    case 'shelf':
      return drawShelf(random, paint, x - 20, y + height, width + 40);
    case 'blind': {
      const slats = Array.from({ length: 7 }, (_, i) => pathData`M${x} ${y + i * 5} h${width}`);
      return line(slats.join(''), { colour: frame, width: between(random, 1.5, 3), cap: 'butt' });
    }
  }
}

function drawShelf(random: Random, paint: Paint, x: number, y: number, width: number): string {
  const boxes: string[] = [];
  for (let left = x; left < x + width - 4; ) {
    const wide = between(random, 4, 16);
    const high = between(random, 8, 24);
    if (happens(random, 0.75)) {
      boxes.push(rectangle(left, y - high, wide, high, css(paint.anyColour()), 1));
    }
    left += wide + between(random, 0, 3);
  }
  return boxes.join('') + rectangle(x, y, width, 3, css(paint.anyColour()));
}

function drawTable(random: Random, paint: Paint, horizon: number): string {
  const tilt = between(random, -8, 8);
  const colour: Colour = {
    hueDegrees: between(random, 0, 360),
    saturation: between(random, 0.05, 0.55),
    lightness: between(random, 0.2, 0.7),
  };
  const grain = Array.from({ length: integerBetween(random, 0, 6) }, () => {
    const y = between(random, horizon + 4, reach);
    const wave = between(random, -4, 4);
    const data = pathData`M${-reach} ${y} q${reach / 2} ${wave} ${reach} 0 t${reach} 0`;
    return line(data, { colour: css(lighter(colour, -0.1)), width: between(random, 0.5, 2) });
  });
  return [
    polygon(
      [
        [-reach, horizon - tilt],
        [reach, horizon + tilt],
        [reach, reach],
        [-reach, reach],
      ],
      paint.flat(colour),
    ),
    faded(0.6, grain.join('')),
    line(pathData`M${-reach} ${horizon - tilt} L${reach} ${horizon + tilt}`, {
      colour: css(lighter(colour, between(random, -0.15, 0.15))),
      width: between(random, 1, 4),
    }),
  ].join('');
}

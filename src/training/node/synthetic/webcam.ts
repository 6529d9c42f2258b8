import { drawClutter, drawForeground } from './clutter.ts';
import type { DrawObject } from './objects/table.ts';
import { type Colour, Paint } from './paint.ts';
import { between, happens, integerBetween, type Random } from './randomChoice.ts';
import { drawRoom } from './room.ts';
import { poseTransform, sceneDocument } from './scene.ts';
import { ellipse, group } from './svg.ts';

const shadowColour: Colour = { hueDegrees: 0, saturation: 0, lightness: 0.05 };

/** An object as it stands about at home: in a cluttered room, off centre, turned, near or far. */
export function webcamScene(drawObject: DrawObject, random: Random, sidePx: number): string {
  const roomPaint = new Paint(random, 'r');
  const paint = new Paint(random, 'o');
  const scale = between(random, 0.75, 1.15);
  const margin = 20 * (1.3 - scale);
  const pose = {
    x: between(random, -margin, margin),
    y: between(random, -margin, margin),
    scale,
    turnDegrees: between(random, -20, 20),
    skewDegrees: between(random, -12, 12),
    isMirrored: happens(random, 0.5),
  };
  const shadow = ellipse(
    pose.x + between(random, -6, 6),
    pose.y + 46 * scale,
    44 * scale,
    9 * scale,
    roomPaint.fading(shadowColour, between(random, 0.3, 0.6)),
  );
  const content = [
    drawRoom(random, roomPaint, integerBetween(random, 0, 1)),
    drawClutter(random, roomPaint),
    shadow,
    group(poseTransform(pose), drawObject(random, paint)),
    drawForeground(random, roomPaint),
  ].join('');
  return sceneDocument(content, [roomPaint, paint], sidePx);
}

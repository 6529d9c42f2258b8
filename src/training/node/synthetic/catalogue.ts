import type { DrawObject } from './objects/table.ts';
import { type Colour, Paint } from './paint.ts';
import { between, happens, type Random } from './randomChoice.ts';
import { drawRoom } from './room.ts';
import { poseTransform, sceneDocument, sceneHalf } from './scene.ts';
import { ellipse, group, rectangle } from './svg.ts';

const shadowColour: Colour = { hueDegrees: 0, saturation: 0, lightness: 0.1 };

/**
 * Share of catalogue pictures that are set in an empty room. Without them a network trained from nothing
 * takes whatever is not the ground for the object, and then pays for the room far more than for the camera:
 * measured 50 % and 92 % on pictures that have only the one or only the other.
 */
const shareInRooms = 0.5;

/** An object as a shop shows it: centred and upright, on a light ground or in a tidy room, with a soft shadow. */
export function catalogueScene(drawObject: DrawObject, random: Random, sidePx: number): string {
  const studio = new Paint(random, 's');
  const paint = new Paint(random, 'o');
  const pose = {
    x: between(random, -7, 7),
    y: between(random, -7, 7),
    scale: between(random, 0.75, 1.12),
    turnDegrees: between(random, -15, 15),
    skewDegrees: 0,
    isMirrored: happens(random, 0.5),
  };
  const shadowWidth = between(random, 30, 48);
  const content = [
    happens(random, shareInRooms) ? drawRoom(random, studio, 0) : backdrop(studio, random),
    ellipse(
      pose.x,
      pose.y + 48 * pose.scale,
      shadowWidth,
      between(random, 5, 10),
      studio.fading(shadowColour, between(random, 0.2, 0.5)),
    ),
    group(poseTransform(pose), drawObject(random, paint)),
  ].join('');
  return sceneDocument(content, [studio, paint], sidePx);
}

function backdrop(studio: Paint, random: Random): string {
  const side = 2 * sceneHalf;
  const fill = happens(random, 0.4) ? '#fff' : studio.flat(paperColour(random));
  return rectangle(-sceneHalf, -sceneHalf, side, side, fill);
}

function paperColour(random: Random): Colour {
  return {
    hueDegrees: between(random, 0, 360),
    saturation: between(random, 0, 0.5),
    lightness: between(random, 0.68, 0.95),
  };
}

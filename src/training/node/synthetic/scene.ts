import type { Paint } from './paint.ts';
import { text } from './svg.ts';

/** Scenes are squares that reach this many units from their centre; objects reach 50. */
export const sceneHalf = 64;

/** Where in a scene an object is. */
export interface Pose {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
  readonly turnDegrees: number;
  readonly skewDegrees: number;
  readonly isMirrored: boolean;
}

export function poseTransform(pose: Pose): string {
  const mirror = pose.isMirrored ? -1 : 1;
  return [
    `translate(${text(pose.x)} ${text(pose.y)})`,
    `rotate(${text(pose.turnDegrees)})`,
    `skewX(${text(pose.skewDegrees)})`,
    `scale(${text(pose.scale * mirror)} ${text(pose.scale)})`,
  ].join(' ');
}

/** A whole SVG document of `sidePx` x `sidePx`. */
export function sceneDocument(content: string, paints: readonly Paint[], sidePx: number): string {
  const size = `width="${sidePx}" height="${sidePx}"`;
  const box = `viewBox="${-sceneHalf} ${-sceneHalf} ${2 * sceneHalf} ${2 * sceneHalf}"`;
  const definitions = paints.map((paint) => paint.definitions()).join('');
  const root = `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${box}>`;
  return `${root}<defs>${definitions}</defs>${content}</svg>`;
}

import { writeFile } from 'node:fs/promises';
import sharp from 'sharp';

/** What Chromium plays an .mjpeg file at, whatever it holds (media/capture/video/file). */
const framesPerSecond = 30;

/**
 * Chromium takes the clip's full-range pixels for video-range ones (16..235) and stretches them: as
 * it is, a photograph came out 9 of 255 levels off, its highlights blown out; squeezed before, 1.5.
 */
const videoRange = { scale: 219 / 255, offset: 16 };

const frameWidth = 640;
const frameHeight = 480;
/** Beside the photograph, which is square: outside of the square that is classified. */
const markerWidth = (frameWidth - frameHeight) / 2;
const markerBits = 5;
const blockHeight = frameHeight / markerBits;

/** Photographs that one clip can tell apart. */
export const mostPhotos = 2 ** markerBits - 1;

/**
 * A camera's frame, as PNG, that shows a photograph, square, in the middle. Black and white blocks beside it
 * count it, 1 and up, so that a reader of the frame knows which one it is (`readMarker`).
 */
export async function photoFrame(photoPath: string, index: number): Promise<Buffer> {
  const photo = await sharp(photoPath)
    .resize(frameHeight, frameHeight, { fit: 'cover' })
    .toBuffer();
  const block = {
    width: markerWidth,
    height: blockHeight,
    channels: 3,
    background: 'white',
  } as const;
  const blocks = [...Array(markerBits).keys()]
    .filter((bit) => ((index + 1) >> bit) & 1)
    .map((bit) => ({ input: { create: block }, left: 0, top: bit * blockHeight }));
  return sharp({
    create: { ...block, width: frameWidth, height: frameHeight, background: 'black' },
  })
    .composite([{ input: photo, left: markerWidth, top: 0 }, ...blocks])
    .png({ compressionLevel: 1 })
    .toBuffer();
}

/** Writes a clip for Chromium's `--use-file-for-fake-video-capture`: each frame held for a while, in a loop. */
export async function writeClip(
  path: string,
  frames: readonly Buffer[],
  holdMs: number,
): Promise<void> {
  const { scale, offset } = videoRange;
  const squeezed = await Promise.all(
    frames.map((frame) => sharp(frame).linear(scale, offset).jpeg({ quality: 97 }).toBuffer()),
  );
  const copies = Math.round((holdMs / 1000) * framesPerSecond);
  await writeFile(
    path,
    squeezed.flatMap((frame) => Array<Buffer>(copies).fill(frame)),
  );
}

/** What the page said while its camera showed one of the clip's photographs. */
export interface Reading {
  /** Of the photograph, from 0; -1 when the frame has no marker. */
  readonly index: number;
  readonly label: string;
  readonly atMs: number;
}

/**
 * Reads, many times, the camera's marker and the page's label. Runs in the page: it may use nothing
 * from outside of itself.
 */
export async function readLabels(durationMs: number): Promise<Reading[]> {
  const video = document.querySelector('video')!;
  const label = document.getElementById('label')!;
  const canvas = new OffscreenCanvas(1, 5);
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  const readings: Reading[] = [];
  const endMs = performance.now() + durationMs;
  while (performance.now() < endMs) {
    context.drawImage(video, 30, 0, 20, 480, 0, 0, 1, 5);
    const { data } = context.getImageData(0, 0, 1, 5);
    let count = 0;
    for (let bit = 0; bit < 5; bit++) if (data[bit * 4]! > 127) count += 2 ** bit;
    readings.push({ index: count - 1, label: label.textContent, atMs: performance.now() });
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  return readings;
}

/** The label that a page showed longest for each photograph, once it had shown it for `settleMs`. */
export function settledLabels(
  readings: readonly Reading[],
  photos: number,
  settleMs: number,
): (string | null)[] {
  const counts = Array.from({ length: photos }, () => new Map<string, number>());
  let since = 0;
  for (const [i, { index, label, atMs }] of readings.entries()) {
    if (index !== readings[i - 1]?.index) since = atMs;
    if (index < 0 || atMs - since < settleMs) continue;
    const ofPhoto = counts[index];
    ofPhoto?.set(label, (ofPhoto.get(label) ?? 0) + 1);
  }
  return counts.map((ofPhoto) => [...ofPhoto].sort(([, a], [, b]) => b - a)[0]?.[0] ?? null);
}

import { expect, test } from 'vitest';
import { PixelReader } from '../../src/frames/pixels.ts';
import type { RgbaFrame } from '../../src/kernels/resize/contract.ts';
import { seededRandom } from '../support/random.ts';

const width = 66;
const height = 50;

function yuvFrame(seed: number, init: Partial<VideoFrameBufferInit> = {}): VideoFrame {
  const random = seededRandom(seed);
  const planes = Uint8Array.from({ length: (width * height * 3) / 2 }, () => 256 * random());
  return new VideoFrame(planes, {
    format: 'I420',
    codedWidth: width,
    codedHeight: height,
    timestamp: 0,
    ...init,
  });
}

/** What a canvas shows of it. */
function draw(frame: VideoFrame): RgbaFrame {
  const canvas = new OffscreenCanvas(frame.displayWidth, frame.displayHeight);
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.drawImage(frame, 0, 0);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

function plain({ data, width: w, height: h }: RgbaFrame) {
  return { data: Array.from(data), width: w, height: h };
}

const videoFrames: Record<string, (seed: number) => VideoFrame> = {
  'as it is': (seed) => yuvFrame(seed),
  'with a visible part': (seed) =>
    yuvFrame(seed, { visibleRect: { x: 2, y: 4, width: 40, height: 30 } }),
  'to be shown in another size': (seed) =>
    yuvFrame(seed, { displayWidth: 2 * width, displayHeight: height }),
};
for (const [what, make] of Object.entries(videoFrames)) {
  test(`a video frame ${what} is read as a canvas shows it`, async () => {
    const reader = new PixelReader();
    for (let seed = 1; seed <= 3; seed++) {
      const frame = make(seed);
      const shown = draw(frame);
      expect(plain(await reader.read(frame)), `seed ${seed}`).toEqual(plain(shown));
      frame.close();
    }
  });
}

test('a bitmap is read at its natural size, transparency on black', async () => {
  const data = Uint8ClampedArray.of(10, 20, 30, 255, 250, 250, 250, 0);
  const bitmap = await createImageBitmap(new ImageData(data, 2, 1), { premultiplyAlpha: 'none' });
  const read = await new PixelReader().read(bitmap);
  expect(plain(read)).toEqual({ data: [10, 20, 30, 255, 0, 0, 0, 255], width: 2, height: 1 });
});

test('a frame that cannot be read is refused', async () => {
  const broken = {
    displayWidth: width,
    displayHeight: height,
    visibleRect: { width, height },
    format: 'I420',
    copyTo: () => Promise.reject(new Error('gone')),
    close: () => {},
  } as unknown as VideoFrame;
  await expect(new PixelReader().read(broken)).rejects.toMatchObject({ code: 'UNSUPPORTED_IMAGE' });
});

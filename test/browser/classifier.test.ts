import { afterEach, expect, test } from 'vitest';
import type { Classifier, ImageSource, TensorImage } from '../../src/index.ts';
import { openFixed } from '../support/fixedClassifier.ts';
import { barsFrame } from '../support/testFrames.ts';

let classifier: Classifier;
afterEach(() => classifier.dispose());

// Even sides: video formats halve their colour planes.
const frame = barsFrame(3, 64, 48);

function frameCanvas(): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = frame.width;
  canvas.height = frame.height;
  canvas.getContext('2d')!.putImageData(frameImageData(), 0, 0);
  return canvas;
}

function frameImageData(): ImageData {
  return new ImageData(new Uint8ClampedArray(frame.data), frame.width, frame.height);
}

function frameBlob(): Promise<Blob> {
  return new Promise((resolve) => frameCanvas().toBlob((blob) => resolve(blob!), 'image/png'));
}

async function frameImage(): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = URL.createObjectURL(await frameBlob());
  await image.decode();
  return image;
}

async function frameVideo(): Promise<HTMLVideoElement> {
  const canvas = frameCanvas();
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = canvas.captureStream();
  const loaded = new Promise((resolve) => video.addEventListener('loadeddata', resolve));
  void video.play();
  canvas.getContext('2d')!.putImageData(frameImageData(), 0, 0); // gives the stream a frame
  await loaded;
  return video;
}

function frameOffscreenCanvas(): OffscreenCanvas {
  const canvas = new OffscreenCanvas(frame.width, frame.height);
  canvas.getContext('2d')!.putImageData(frameImageData(), 0, 0);
  return canvas;
}

function frameTensor(dtype: 'int32' | 'float32', channels: 3 | 4): TensorImage {
  const pixels = Array.from({ length: frame.width * frame.height }, (_, i) => i);
  const values = pixels.flatMap((i) => [...frame.data.subarray(4 * i, 4 * i + channels)]);
  const scale = dtype === 'float32' ? 1 / 255 : 1;
  return {
    shape: [frame.height, frame.width, channels],
    dtype,
    data: async () => values.map((value) => value * scale),
  };
}

const exactSources: Record<string, () => ImageSource | Promise<ImageSource>> = {
  ImageData: frameImageData,
  HTMLCanvasElement: frameCanvas,
  OffscreenCanvas: frameOffscreenCanvas,
  ImageBitmap: () => createImageBitmap(frameImageData()),
  Blob: frameBlob,
  File: async () => new File([await frameBlob()], 'frame.png', { type: 'image/png' }),
  HTMLImageElement: frameImage,
  'VideoFrame in RGBA': () =>
    new VideoFrame(new Uint8Array(frame.data), {
      format: 'RGBA',
      codedWidth: frame.width,
      codedHeight: frame.height,
      timestamp: 0,
    }),
  'tensor of int32': () => frameTensor('int32', 3),
  'tensor of float32 with alpha': () => frameTensor('float32', 4),
};

for (const backend of ['reference', 'wasm'] as const) {
  test(`every kind of picture gives the same classes (${backend})`, async () => {
    classifier = await openFixed({ backend });
    expect(classifier.capabilities).toMatchObject({ backend, refused: [] });
    const { classes } = await classifier.classify(frameImageData(), { topK: 10 });
    expect(classes).toHaveLength(10);
    for (const [kind, make] of Object.entries(exactSources)) {
      const result = await classifier.classify(await make(), { topK: 10 });
      expect(result.classes, kind).toEqual(classes);
    }
  });
}

test('a video is classified as the picture that it shows', async () => {
  classifier = await openFixed();
  const expected = await classifier.classify(frameImageData(), { topK: 1 });
  const result = await classifier.classify(await frameVideo(), { topK: 1 });
  expect(result.classes[0]!.label).toBe(expected.classes[0]!.label);
  expect(result.classes[0]!.probability).toBeCloseTo(expected.classes[0]!.probability, 1);
});

test('what the caller passed stays usable', async () => {
  classifier = await openFixed();
  const imageData = frameImageData();
  const bitmap = await createImageBitmap(imageData);
  const videoFrame = new VideoFrame(bitmap, { timestamp: 0 });
  for (const image of [imageData, bitmap, videoFrame]) {
    const first = await classifier.classify(image);
    expect((await classifier.classify(image)).classes).toEqual(first.classes);
  }
  expect(imageData.data).toHaveLength(4 * 64 * 48);
  expect(bitmap.width).toBe(64);
  expect(videoFrame.codedWidth).toBe(64);
  videoFrame.close();
});

test('what the caller passed may be closed or overwritten as soon as classify has returned', async () => {
  classifier = await openFixed();
  const { classes } = await classifier.classify(frameImageData());
  const overwritten = frameImageData();
  const canvas = frameCanvas();
  const bitmap = await createImageBitmap(overwritten);
  const videoFrame = new VideoFrame(bitmap, { timestamp: 0 });

  const ofData = classifier.classify(overwritten);
  overwritten.data.fill(0);
  expect((await ofData).classes).toEqual(classes);
  const ofCanvas = classifier.classify(canvas);
  canvas.getContext('2d')!.clearRect(0, 0, 64, 48);
  expect((await ofCanvas).classes).toEqual(classes);
  const ofVideoFrame = classifier.classify(videoFrame);
  videoFrame.close();
  expect((await ofVideoFrame).classes).toEqual(classes);
  const ofBitmap = classifier.classify(bitmap);
  bitmap.close();
  expect((await ofBitmap).classes).toEqual(classes);
});

test('a transparent picture shows nothing of the frame before', async () => {
  classifier = await openFixed();
  const transparent = new OffscreenCanvas(64, 48);
  transparent.getContext('2d');
  const first = await classifier.classify(transparent, { topK: 10 });
  await classifier.classify(frameCanvas());
  const again = await classifier.classify(transparent, { topK: 10 });
  expect(again.classes).toEqual(first.classes);
  const black = await classifier.classify(
    { shape: [48, 64, 3], dtype: 'int32', data: async () => new Int32Array(64 * 48 * 3) },
    { topK: 10 },
  );
  expect(first.classes).toEqual(black.classes);
});

test('pictures that cannot be read reject with their reason', async () => {
  classifier = await openFixed();
  const closedBitmap = await createImageBitmap(frameImageData());
  closedBitmap.close();
  const closedFrame = new VideoFrame(frameCanvas(), { timestamp: 0 });
  closedFrame.close();
  const broken = new Image();
  broken.src = 'data:image/png;base64,AAAA';
  await broken.decode().catch(() => {});
  const unsupported: Record<string, unknown> = {
    'video without a frame': document.createElement('video'),
    'image without a source': new Image(),
    'empty canvas': new OffscreenCanvas(0, 10),
    'closed bitmap': closedBitmap,
    'closed VideoFrame': closedFrame,
    'tensor of rank 2': { shape: [48, 64], dtype: 'int32', data: async () => [] },
    text: 'a picture',
    nothing: null,
  };
  for (const [kind, image] of Object.entries(unsupported)) {
    await expect(classifier.classify(image as ImageSource), kind).rejects.toMatchObject({
      code: 'UNSUPPORTED_IMAGE',
    });
  }
  for (const image of [broken, new Blob(['no picture'], { type: 'image/png' })]) {
    await expect(classifier.classify(image)).rejects.toMatchObject({ code: 'IMAGE_DECODE_FAILED' });
  }
  // The flow goes on after failures.
  expect((await classifier.classify(frameImageData())).classes[0]).toBeDefined();
});

test('a picture that the page may not read is refused with a hint', async () => {
  classifier = await openFixed();
  const image = new Image();
  // A foreignObject taints a canvas as a picture of another origin does.
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="48"><foreignObject width="9" height="9"/></svg>';
  image.src = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  await image.decode();
  const canvas = frameCanvas();
  canvas.getContext('2d')!.drawImage(image, 0, 0);
  await expect(classifier.classify(canvas)).rejects.toMatchObject({
    code: 'UNSUPPORTED_IMAGE',
    hint: expect.stringContaining('crossorigin'),
  });
});

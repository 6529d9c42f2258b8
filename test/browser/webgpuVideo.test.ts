import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWebgpuBackend, type WebgpuBackend } from '../../src/backends/webgpu/backend.ts';
import type { WebgpuProgram } from '../../src/backends/webgpu/program.ts';
import type { Frame } from '../../src/frames/frame.ts';
import { PixelReader } from '../../src/frames/pixels.ts';
import type { Model } from '../../src/model/reader.ts';
import { buildPlan } from '../../src/network/plan.ts';
import { randomFrame } from '../support/parity.ts';
import { seededRandom } from '../support/random.ts';
import { openTinyModel } from '../support/tinyModel.ts';

const width = 70;
const height = 50;

let backend: WebgpuBackend;
let program: WebgpuProgram;
let model: Model;
beforeAll(async () => {
  model = await openTinyModel();
  const [entry] = model.manifest.subnets;
  backend = await openWebgpuBackend({ readsVideo: true });
  for (const id of ['shared', entry!.bits] as const) {
    backend.loadPack(model.manifest, await model.readPack(id));
  }
  program = await backend.compile(buildPlan(model.manifest, entry!, await model.readTable(entry!)));
});
afterAll(() => backend.dispose());

/** The image that the network reads, cropped and resized. */
async function imageOf(frame: Frame): Promise<readonly number[]> {
  let image: readonly number[] = [];
  await program.run(frame, (tensor, values) => {
    if (tensor === program.plan.image) image = Array.from(values);
  });
  return image;
}

/** In bytes' levels: how the image differs from what comes of the frame's pixels on the CPU. */
async function differenceFromCpu(frame: VideoFrame) {
  const read = await imageOf(frame);
  const expected = await imageOf(await new PixelReader().read(frame));
  const differences = read.map((value, i) => Math.abs(value - expected[i]!));
  const sum = differences.reduce((total, difference) => total + difference, 0);
  return { most: Math.max(...differences), mean: sum / differences.length };
}

function videoFrame(
  planes: Uint8Array<ArrayBuffer>,
  format: VideoPixelFormat,
  more: Partial<VideoFrameBufferInit> = {},
): VideoFrame {
  const size = { codedWidth: width, codedHeight: height };
  return new VideoFrame(planes, { format, ...size, timestamp: 0, ...more });
}

/** Random brightness, in planes of the format; chroma by its place, 0 to 1 from left to right and top to bottom. */
function yuvPlanes(
  format: 'I420' | 'NV12',
  seed: number,
  chroma: (x: number, y: number) => number,
): Uint8Array<ArrayBuffer> {
  const random = seededRandom(seed);
  const lumas = width * height;
  const chromas = lumas / 4;
  const planes = new Uint8Array(lumas + 2 * chromas).map(() => 16 + 219 * random());
  for (let i = 0; i < 2 * chromas; i++) {
    const at = format === 'I420' ? i % chromas : i >> 1;
    const x = (at % (width / 2)) / (width / 2);
    planes[lumas + i] = chroma(x, Math.floor(at / (width / 2)) / (height / 2));
  }
  return planes;
}

it.each(['RGBA', 'BGRA', 'RGBX', 'BGRX'] as const)(
  'a video frame in %s is read as its pixels, to the bit',
  async (format) => {
    const { data } = randomFrame(width, height, 1);
    const opaque = Uint8Array.from(data, (byte, i) => (i % 4 === 3 ? 255 : byte));
    const frame = videoFrame(opaque, format);
    expect(program.reads(frame)).toBe(true);
    expect(await differenceFromCpu(frame)).toEqual({ most: 0, mean: 0 });
    frame.close();
  },
);

// Chromium converts these by other arithmetic on the GPU than on the CPU, and interpolates between chromas there.
describe.each(['I420', 'NV12'] as const)('a video frame in %s', (format) => {
  it('without colour is within a level of its pixels', async () => {
    for (let seed = 1; seed <= 3; seed++) {
      const frame = videoFrame(
        yuvPlanes(format, seed, () => 128),
        format,
      );
      expect(program.reads(frame)).toBe(true);
      const { most, mean } = await differenceFromCpu(frame);
      expect(most, `seed ${seed}`).toBeLessThanOrEqual(1);
      expect(mean, `seed ${seed}`).toBeLessThan(0.1);
      frame.close();
    }
  });

  it('in colours is within a few levels of its pixels', async () => {
    for (let seed = 1; seed <= 3; seed++) {
      const waves = (x: number, y: number) => 128 + 40 * Math.sin(4 * x) * Math.cos(4 * y);
      const frame = videoFrame(yuvPlanes(format, seed, waves), format);
      const { most, mean } = await differenceFromCpu(frame);
      expect(most, `seed ${seed}`).toBeLessThan(8);
      expect(mean, `seed ${seed}`).toBeLessThan(1.5);
      frame.close();
    }
  });

  it('that is shown in another size is not read on the GPU', () => {
    const planes = yuvPlanes(format, 1, () => 128);
    const frame = videoFrame(planes, format, { displayWidth: 2 * width, displayHeight: height });
    expect(program.reads(frame)).toBe(false);
    frame.close();
  });
});

it('a closed video frame is not read on the GPU', () => {
  const frame = videoFrame(
    yuvPlanes('I420', 1, () => 128),
    'I420',
  );
  frame.close();
  expect(program.reads(frame)).toBe(false);
});

it('video frames are read on the CPU where the processor stands in for the GPU', async () => {
  const usual = await openWebgpuBackend();
  const frame = videoFrame(
    yuvPlanes('I420', 1, () => 128),
    'I420',
  );
  const plan = program.plan;
  for (const id of ['shared', plan.subnet.bits] as const) {
    usual.loadPack(model.manifest, await model.readPack(id));
  }
  expect((await usual.compile(plan)).reads(frame)).toBe(false);
  frame.close();
  usual.dispose();
});

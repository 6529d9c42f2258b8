import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBackend } from '../../src/backends/open.ts';
import { openWebgpuBackend, type WebgpuBackend } from '../../src/backends/webgpu/backend.ts';
import type { WebgpuProgram } from '../../src/backends/webgpu/program.ts';
import type { Frame } from '../../src/frames/frame.ts';
import { PixelReader } from '../../src/frames/pixels.ts';
import type { Model } from '../../src/model/reader.ts';
import { buildPlan } from '../../src/network/plan.ts';
import { Session } from '../../src/runtime/session.ts';
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

function videoFrame(
  planes: Uint8Array<ArrayBuffer>,
  format: VideoPixelFormat,
  more: Partial<VideoFrameBufferInit> = {},
): VideoFrame {
  const size = { codedWidth: width, codedHeight: height };
  return new VideoFrame(planes, { format, ...size, timestamp: 0, ...more });
}

/** Of random brightness, in two colours. */
function yuvFrame(format: 'I420' | 'NV12', more: Partial<VideoFrameBufferInit> = {}): VideoFrame {
  const random = seededRandom(1);
  const lumas = width * height;
  const planes = new Uint8Array((3 * lumas) / 2).map((_, i) =>
    i < lumas ? 16 + 219 * random() : 90 + 80 * (Math.floor(i / 7) % 2),
  );
  return videoFrame(planes, format, more);
}

it.each(['RGBA', 'BGRA', 'RGBX', 'BGRX'] as const)(
  'a video frame in %s is read as its pixels, to the bit',
  async (format) => {
    const { data } = randomFrame(width, height, 1);
    const opaque = Uint8Array.from(data, (byte, i) => (i % 4 === 3 ? 255 : byte));
    const frame = videoFrame(opaque, format);
    expect(program.reads(frame)).toBe(true);
    expect(await imageOf(frame)).toEqual(await imageOf(await new PixelReader().read(frame)));
    frame.close();
  },
);

// Chromium converts these by other arithmetic on the GPU than on the CPU, and interpolates between chromas there.
it.each(['I420', 'NV12'] as const)(
  'of a video frame in %s, as cameras give them, the GPU makes the same as all other backends, to the bit',
  async (format) => {
    const [subnet] = model.manifest.subnets;
    const onGpu = new Session(model, await openWebgpuBackend({ readsVideo: true }));
    const onCpu = new Session(model, await openBackend('wasm'));
    for (const session of [onGpu, onCpu]) await session.switchTo(subnet!);
    const frame = yuvFrame(format);
    expect(onGpu.readsHeld(frame)).toBe(false);
    expect((await onGpu.run(frame)).logits).toEqual((await onCpu.run(frame)).logits);
    frame.close();
    for (const session of [onGpu, onCpu]) session.dispose();
  },
);

it('a video frame that is shown in another size is not read on the GPU', () => {
  const pixels = new Uint8Array(4 * width * height);
  const frame = videoFrame(pixels, 'RGBX', { displayWidth: 2 * width, displayHeight: height });
  expect(program.reads(frame)).toBe(false);
  frame.close();
});

it('a closed video frame is not read on the GPU', () => {
  const frame = videoFrame(new Uint8Array(4 * width * height), 'RGBX');
  frame.close();
  expect(program.reads(frame)).toBe(false);
});

it('video frames are read on the CPU where the processor stands in for the GPU', async () => {
  const usual = await openWebgpuBackend();
  const frame = videoFrame(new Uint8Array(4 * width * height), 'RGBX');
  const plan = program.plan;
  for (const id of ['shared', plan.subnet.bits] as const) {
    usual.loadPack(model.manifest, await model.readPack(id));
  }
  expect((await usual.compile(plan)).reads(frame)).toBe(false);
  frame.close();
  usual.dispose();
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { openWebgpuBackend, type WebgpuBackend } from '../../src/backends/webgpu/backend.ts';
import type { WebgpuProgram } from '../../src/backends/webgpu/program.ts';
import type { Frame } from '../../src/frames/frame.ts';
import { PixelReader } from '../../src/frames/pixels.ts';
import { buildPlan } from '../../src/network/plan.ts';
import { randomFrame } from '../support/parity.ts';
import { seededRandom } from '../support/random.ts';
import { openTinyModel } from '../support/tinyModel.ts';

const width = 70;
const height = 50;

let backend: WebgpuBackend;
let program: WebgpuProgram;
beforeAll(async () => {
  const model = await openTinyModel();
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

it('probe', async () => {
  for (const format of ['I420', 'NV12'] as const) {
    for (let seed = 1; seed <= 3; seed++) {
      const random = seededRandom(seed);
      const luma = width * height;
      const planes = new Uint8Array(luma * 1.5);
      for (let i = 0; i < luma; i++) planes[i] = 16 + 219 * random();
      const flat = new Uint8Array(planes);
      flat.fill(16 + 224 * random(), luma);
      const smooth = new Uint8Array(planes);
      const chromaWidth = width / 2;
      for (let i = luma; i < smooth.length; i++) {
        const at = format === 'I420' ? (i - luma) % ((chromaWidth * height) / 2) : (i - luma) >> 1;
        const x = at % chromaWidth;
        const y = Math.floor(at / chromaWidth);
        smooth[i] = 128 + 40 * Math.sin(x / 9) * Math.cos(y / 7);
      }
      const neutral = new Uint8Array(planes); neutral.fill(128, luma);
      for (const [name, p] of Object.entries({ flat, smooth, planes, neutral })) {
        const frame = videoFrame(p, format);
        console.log(format, seed, name, await differenceFromCpu(frame));
        frame.close();
      }
    }
  }
  const rgba = randomFrame(width, height, 1).data.map((b, i) => i % 4 === 3 ? 255 : b) as Uint8Array<ArrayBuffer>;
  for (const f of ['RGBX', 'BGRX', 'RGBA', 'BGRA'] as const) console.log(f, await differenceFromCpu(videoFrame(rgba, f)));
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')!.putImageData(new ImageData(Uint8ClampedArray.from(rgba), width, height), 0, 0);
  const f = new VideoFrame(canvas, { timestamp: 0 });
  console.log('canvas', f.format, await differenceFromCpu(f));
  expect(1).toBe(1);
});

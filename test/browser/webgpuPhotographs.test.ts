import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/backends/backend.ts';
import { openBackend } from '../../src/backends/open.ts';
import { openWebgpuBackend } from '../../src/backends/webgpu/backend.ts';
import { fetchModelFrom } from '../../src/download/fetchModel.ts';
import { PixelReader } from '../../src/frames/pixels.ts';
import type { RgbaFrame } from '../../src/kernels/resize/contract.ts';
import { type Model, openModel } from '../../src/model/reader.ts';
import { findSubnet } from '../../src/network/subnet.ts';
import { Session } from '../../src/runtime/session.ts';
import { topClasses } from '../../src/runtime/topClasses.ts';
import type { Photographs } from '../support/serveSharedPhotographs.ts';

const shippedUrl = new URL('/models/office31-a2w-mobilenetv2/model.json', location.href).href;
const { photographCount, isThorough }: Photographs = await (await fetch('/__photographs/')).json();
/** Every so many-th photograph is seen at the largest resolution, which takes an emulated GPU a second. */
const fullResolutionStride = 25;
const hourMs = 3_600_000;

async function photograph(number: number): Promise<RgbaFrame> {
  const response = await fetch(`/__photographs/${number}`);
  return new PixelReader().read(await createImageBitmap(await response.blob()));
}

/**
 * The labels of all photographs. They take turns on the model's widths and bit-widths, or, thoroughly, each is seen
 * at every bit-width.
 */
async function labelsOf(
  model: Model,
  backend: Backend,
  frames: readonly RgbaFrame[],
): Promise<readonly string[]> {
  const { widths, resolutions, bits, subnets, classes } = model.manifest;
  const session = new Session(model, backend);
  const labels: string[] = [];
  for (const [i, frame] of frames.entries()) {
    const isFull = i % fullResolutionStride === 0;
    for (const one of isThorough ? bits : [bits[i % bits.length]!]) {
      const subnet = findSubnet(subnets, {
        width: widths[Math.floor(i / bits.length) % widths.length]!,
        resolution: isFull ? Math.max(...resolutions) : Math.min(...resolutions),
        bits: one,
      });
      const { logits } = await session.runOnce(subnet, frame);
      labels.push(topClasses(logits, classes, 1)[0]!.label);
    }
  }
  session.dispose();
  return labels;
}

describe.skipIf(photographCount === 0)('100 real photographs on the shipped model', () => {
  let model: Model;
  let frames: readonly RgbaFrame[];
  let expected: readonly string[];
  beforeAll(async () => {
    model = await openModel(fetchModelFrom(shippedUrl, null));
    frames = await Promise.all(Array.from({ length: photographCount }, (_, i) => photograph(i)));
    expected = await labelsOf(model, await openBackend('wasm'), frames);
  }, hourMs);
  afterAll(() => {
    frames = [];
  });

  it('are pictures of many things', () => {
    expect(frames).toHaveLength(100);
    expect(new Set(expected).size).toBeGreaterThan(20);
  });

  it.each(['float', 'packed'] as const)(
    'webgpu, %s dot products, sees in each of them what wasm sees',
    async (dot) => {
      expect(await labelsOf(model, await openWebgpuBackend({ dot }), frames)).toEqual(expected);
    },
    hourMs,
  );
});

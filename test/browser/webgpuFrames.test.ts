import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openWebgpuBackend, type WebgpuBackend } from '../../src/backends/webgpu/backend.ts';
import type { WebgpuProgram } from '../../src/backends/webgpu/program.ts';
import type { Frame } from '../../src/frames/frame.ts';
import { PixelReader } from '../../src/frames/pixels.ts';
import type { RgbaFrame } from '../../src/kernels/resize/contract.ts';
import type { Model } from '../../src/model/reader.ts';
import { buildPlan } from '../../src/network/plan.ts';
import { openSession } from '../../src/runtime/openSession.ts';
import type { Session } from '../../src/runtime/session.ts';
import { randomFrame } from '../support/parity.ts';
import { openTinyModel } from '../support/tinyModel.ts';

const width = 70;
const height = 50;

function opaqueFrame(seed: number): RgbaFrame & { data: Uint8ClampedArray<ArrayBuffer> } {
  const frame = randomFrame(width, height, seed);
  const data = Uint8ClampedArray.from(frame.data, (byte, i) => (i % 4 === 3 ? 255 : byte));
  return { data, width, height };
}

function imageDataOf({ data }: { readonly data: Uint8ClampedArray<ArrayBuffer> }): ImageData {
  return new ImageData(data, width, height);
}

let model: Model;
beforeAll(async () => {
  model = await openTinyModel();
});

describe('a program on webgpu', () => {
  let backend: WebgpuBackend;
  let program: WebgpuProgram;
  beforeAll(async () => {
    const [entry] = model.manifest.subnets;
    backend = await openWebgpuBackend();
    for (const id of ['shared', entry!.bits] as const) {
      backend.loadPack(model.manifest, await model.readPack(id));
    }
    program = await backend.compile(
      buildPlan(model.manifest, entry!, await model.readTable(entry!)),
    );
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

  /** What comes of the frame where its pixels are brought to the CPU. */
  async function imageOfPixels(frame: Frame): Promise<readonly number[]> {
    return imageOf(await new PixelReader().read(frame));
  }

  function textureOf(frame: RgbaFrame, init: Partial<GPUTextureDescriptor> = {}): GPUTexture {
    const texture = backend.gpu.device.createTexture({
      size: [width, height],
      format: 'rgba8unorm',
      usage: GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.COPY_DST,
      ...init,
    });
    backend.gpu.device.queue.writeTexture(
      { texture },
      frame.data as Uint8Array<ArrayBuffer>,
      { bytesPerRow: 4 * width },
      [width, height],
    );
    return texture;
  }

  it('reads a texture as it reads the same bytes', async () => {
    const frame = opaqueFrame(1);
    expect(program.reads(textureOf(frame))).toBe(true);
    expect(await imageOf(textureOf(frame))).toEqual(await imageOf(frame));
  });

  it('refuses textures that it cannot read, and goes on with others', async () => {
    const frame = opaqueFrame(2);
    const expected = await program.run(frame);
    const destroyed = textureOf(frame);
    destroyed.destroy();
    const unbindable = textureOf(frame, { usage: GPUTextureUsage.COPY_DST });
    const otherDevice = await (await navigator.gpu.requestAdapter())!.requestDevice();
    const foreign = otherDevice.createTexture({
      size: [width, height],
      format: 'rgba8unorm',
      usage: GPUTextureUsage.TEXTURE_BINDING,
    });
    const otherFormat = textureOf(frame, { format: 'rgba8unorm-srgb' });
    for (const texture of [destroyed, unbindable, foreign, otherFormat]) {
      await expect(program.run(texture)).rejects.toMatchObject({ code: 'UNSUPPORTED_IMAGE' });
    }
    otherDevice.destroy();
    expect(await program.run(textureOf(frame))).toEqual(expected);
  });

  it('reads a bitmap as its pixels, to the bit', async () => {
    for (let seed = 1; seed <= 3; seed++) {
      const bitmap = await createImageBitmap(imageDataOf(opaqueFrame(seed)));
      expect(program.reads(bitmap)).toBe(true);
      expect(await imageOf(bitmap), `seed ${seed}`).toEqual(await imageOfPixels(bitmap));
    }
  });

  it('reads what is transparent as black, to the bit', async () => {
    const frame = randomFrame(width, height, 4); // of any alpha
    const data = Uint8ClampedArray.from(frame.data);
    const bitmap = await createImageBitmap(imageDataOf({ data }), { premultiplyAlpha: 'none' });
    expect(await imageOf(bitmap)).toEqual(await imageOfPixels(bitmap));
  });

  it('submits a frame at once, with bind groups that it keeps as long as kind and size stay', async () => {
    const frames = [opaqueFrame(5), await createImageBitmap(imageDataOf(opaqueFrame(5)))];
    for (const frame of frames) {
      await program.run(frame);
      const made = vi.spyOn(backend.gpu.device, 'createBindGroup');
      const submitted = vi.spyOn(backend.gpu.device.queue, 'submit');
      for (let i = 0; i < 3; i++) await program.run(frame);
      expect(made).not.toHaveBeenCalled();
      expect(submitted).toHaveBeenCalledTimes(3);
      made.mockRestore();
      submitted.mockRestore();
    }
  });
});

describe('a session on webgpu and tensors of tfjs', () => {
  let session: Session;
  beforeAll(async () => {
    ({ session } = await openSession(model, 'webgpu'));
    await session.switchTo(model.manifest.subnets[0]!);
    await tf.setBackend('webgpu');
  });
  afterAll(() => session.dispose());
  afterEach(() => vi.restoreAllMocks());

  /** On the GPU: a tensor is brought there by the first operation on it. */
  function onGpu(tensor: tf.Tensor3D): tf.Tensor3D {
    return tf.tidy(() => tf.add<tf.Tensor3D>(tensor, tf.scalar(0, tensor.dtype)));
  }

  function tensorOf({ data }: RgbaFrame, channels: 3 | 4, dtype: 'int32' | 'float32'): tf.Tensor3D {
    const kept = Array.from(data).filter((_, i) => i % 4 < channels);
    const values = dtype === 'int32' ? kept : kept.map((byte) => byte / 255);
    return tf.tensor3d(values, [height, width, channels], dtype);
  }

  it.each([
    [3, 'int32'],
    [4, 'int32'],
    [3, 'float32'],
    [4, 'float32'],
  ] as const)('a picture of %i channels, %s, never leaves the GPU', async (channels, dtype) => {
    const frame = opaqueFrame(6);
    const expected = await session.run(frame);
    const onCpu = tensorOf(frame, channels, dtype);
    const tensor = onGpu(onCpu);
    expect(session.readsHeld(tensor)).toBe(true);
    const numTensors = tf.memory().numTensors;
    const read = vi.spyOn(GPUBuffer.prototype, 'mapAsync');
    const { logits } = await session.run(tensor);
    expect(read).toHaveBeenCalledTimes(1); // the logits
    expect(logits).toEqual(expected.logits);
    expect(tf.memory().numTensors).toBe(numTensors);
    tf.dispose([onCpu, tensor]);
  });

  it('takes the pixels of a tensor that is not on the GPU', async () => {
    const frame = opaqueFrame(7);
    const tensor = tensorOf(frame, 3, 'int32');
    expect(session.readsHeld(tensor)).toBe(false);
    expect((await session.run(tensor)).logits).toEqual((await session.run(frame)).logits);
    tensor.dispose();
  });

  it('refuses a tensor that is no picture', async () => {
    const tensor = tf.add(tf.zeros([2, 2, 2]), 1);
    await expect(session.run(tensor)).rejects.toMatchObject({ code: 'UNSUPPORTED_IMAGE' });
    tensor.dispose();
  });

  it.each(['logits', 'features'] as const)('gives %s that never leave the GPU', async (output) => {
    const frames = [opaqueFrame(8), opaqueFrame(9)];
    const { session: oracle } = await openSession(model, 'wasm');
    await oracle.switchTo(session.active!);
    const numTensors = tf.memory().numTensors;
    const read = vi.spyOn(GPUBuffer.prototype, 'mapAsync');
    // Both are run before the first is read: neither may be in the other's place.
    const results = [];
    for (const frame of frames) results.push(await session.runToTensor(frame, output));
    expect(read).not.toHaveBeenCalled();
    for (const [i, { tensor, subnet }] of results.entries()) {
      const expected = await oracle.runToTensor(frames[i]!, output);
      expect(subnet).toEqual(session.active);
      expect(await tensor.data()).toEqual(await expected.tensor.data());
      tf.dispose([tensor, expected.tensor]);
    }
    expect(tf.memory().numTensors).toBe(numTensors);
    oracle.dispose();
  });

  it('makes tensors of 200 frames without growth', async () => {
    const { backend } = session;
    const { device } = (backend as WebgpuBackend).gpu;
    const frame = opaqueFrame(10);
    const runOnce = async () => {
      const { tensor } = await session.runToTensor(frame, 'logits');
      const best = tf.argMax(tensor);
      await best.data();
      tf.dispose([tensor, best]);
    };
    await runOnce();
    const { numBytesInGPU } = tf.memory() as tf.MemoryInfo & { numBytesInGPU: number };
    const made = vi.spyOn(device, 'createBuffer');
    for (let i = 0; i < 200; i++) await runOnce();
    expect(made).not.toHaveBeenCalled();
    expect(tf.memory()).toMatchObject({ numBytesInGPU });
  });

  it('reads a frame again on wasm when the GPU is lost under it, unless it lay there', async () => {
    const { session: lost } = await openSession(model, 'webgpu');
    await lost.switchTo(session.active!);
    const { device } = (lost.backend as WebgpuBackend).gpu;
    const frame = opaqueFrame(11);
    const bitmap = await createImageBitmap(imageDataOf(frame));
    const texture = device.createTexture({
      size: [width, height],
      format: 'rgba8unorm',
      usage: GPUTextureUsage.TEXTURE_BINDING,
    });
    vi.spyOn(navigator.gpu, 'requestAdapter').mockResolvedValue(null);
    device.destroy();
    const { logits } = await lost.run(bitmap);
    expect(lost.backend.name).toBe('wasm');
    expect(logits).toEqual((await lost.run(frame)).logits);
    await expect(lost.run(texture)).rejects.toMatchObject({ code: 'UNSUPPORTED_IMAGE' });
    lost.dispose();
  });
});

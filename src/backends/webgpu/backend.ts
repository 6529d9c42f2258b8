import type { Manifest } from '../../model/manifest.ts';
import type { WeightPack } from '../../model/reader.ts';
import type { Plan } from '../../network/plan.ts';
import type { Backend } from '../backend.ts';
import { FrameInput } from './frameInput.ts';
import { FrameMemory } from './frameMemory.ts';
import { Gpu } from './gpu.ts';
import { compileStep } from './layers.ts';
import { type WebgpuDevice, WebgpuProgram } from './program.ts';
import { Readback } from './readback.ts';
import type { DotProduct } from './shaders.ts';
import { Tensors } from './tensors.ts';
import { openTfjsDevice, type TfjsDevice } from './tfjsDevice.ts';
import { copiesVideo } from './videoProbe.ts';
import { WeightPacks } from './weightPacks.ts';

export interface WebgpuOptions {
  /** For tests and benchmarks: how products are added up. */
  readonly dot?: DotProduct;
  /**
   * For tests: whether video frames are read on the GPU. Unless told, not where the "GPU" is the processor: there
   * nothing is won by it, and Chromium's GPU process has been seen to end at it.
   */
  readonly readsVideo?: boolean;
}

/** Opens the backend on tfjs's device. @throws RtfqError `BACKEND_UNAVAILABLE` | `DEVICE_LOST` */
export async function openWebgpuBackend(options: WebgpuOptions = {}): Promise<WebgpuBackend> {
  const opened = await openTfjsDevice();
  const gpu = new Gpu(opened);
  const tensors = new Tensors(gpu, opened.backend);
  const readsVideo = (options.readsVideo ?? !opened.isSoftware) && (await copiesVideo(gpu));
  const frames = await FrameInput.open(gpu, new FrameMemory(gpu, tensors, readsVideo));
  const readback = new Readback(gpu);
  return new WebgpuBackend(opened, { gpu, frames, tensors, readback }, options);
}

export class WebgpuBackend implements Backend {
  readonly name = 'webgpu';
  readonly description: string;
  readonly gpu: Gpu;
  readonly #device: WebgpuDevice;
  readonly #packs: WeightPacks;
  readonly #dot: DotProduct;

  constructor({ adapter, isSoftware }: TfjsDevice, device: WebgpuDevice, options: WebgpuOptions) {
    this.#dot = options.dot ?? (hasPackedDot() && !isSoftware ? 'packed' : 'float');
    const products = this.#dot === 'packed' ? 'packed dot products' : 'float dot products';
    this.description = `${adapter}, ${products}${isSoftware ? ', on the processor' : ''}`;
    this.gpu = device.gpu;
    this.#device = device;
    this.#packs = new WeightPacks(device.gpu);
  }

  loadPack(manifest: Manifest, pack: WeightPack): void {
    this.#packs.load(manifest, pack);
  }

  unloadPack(id: WeightPack['id']): void {
    this.#packs.unload(id);
  }

  /** @throws RtfqError `OUT_OF_MEMORY` | `DEVICE_LOST` */
  async compile(plan: Plan): Promise<WebgpuProgram> {
    const { gpu } = this;
    const options = { gpu, packs: this.#packs, dot: this.#dot };
    const steps = await Promise.all(plan.steps.map((step) => compileStep(plan, step, options)));
    return gpu.checked(() => new WebgpuProgram(plan, steps, this.#device));
  }

  /** The device stays: it is tfjs's. */
  dispose(): void {
    this.#packs.dispose();
    this.#device.frames.dispose();
    this.#device.tensors.dispose();
    this.#device.readback.dispose();
    this.gpu.dispose();
  }
}

/** Emulated where a "GPU" is the processor, and slower there than f32. */
function hasPackedDot(): boolean {
  return navigator.gpu.wgslLanguageFeatures.has('packed_4x8_integer_dot_product');
}

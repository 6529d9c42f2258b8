import { depthwise3x3Strips, isDepthwise3x3 } from '../../kernels/depthwise/depthwise3x3.ts';
import { denseTileRows, type KernelName } from '../../kernels/division.ts';
import { type LayerArgValues, layerArgBytes, writeLayerArgs } from '../../kernels/layerArgs.ts';
import type { RgbaFrame } from '../../kernels/resize/contract.ts';
import {
  type ConvKernel,
  chooseConvKernel,
  type Operands,
  quadsPerWiden,
} from '../../kernels/table.ts';
import { pooledTerms } from '../../network/geometry.ts';
import {
  integerRange,
  type LayerStep,
  outputsOf,
  type Plan,
  type PlanStep,
  type QuantizeStep,
  type TensorId,
} from '../../network/plan.ts';
import type { ArenaLayout } from '../arenaLayout.ts';
import type { ObserveTensor, Program } from '../backend.ts';
import { convShape } from '../convShape.ts';
import { layOutArena, type SharedRegion } from './arena.ts';
import { cutWork, type WorkShape } from './cutWork.ts';
import type { WasmEngine } from './engine.ts';
import type { FrameInput } from './frameInput.ts';
import type { Address, Heap } from './heap.ts';
import { narrowing } from './narrowing.ts';
import { padChannels, pixelStride, zeroPoint } from './strides.ts';
import type { WeightBank } from './weightBank.ts';
import type { KernelRunner, Scratch, Work } from './work.ts';

/** What all programs of a backend share. */
export interface WasmDevice {
  readonly heap: Heap;
  readonly engine: Pick<WasmEngine, 'dot'>;
  readonly runner: KernelRunner;
  readonly weights: WeightBank;
  readonly frames: FrameInput;
  readonly arena: SharedRegion;
  readonly scratch: SharedRegion;
  /** The dense kernel to use wherever it is exact; undefined for the fastest. */
  readonly convKernel: ConvKernel['name'] | undefined;
}

/** A step's work, and its kernel's arguments but for what the arena's address decides. */
interface Call {
  readonly work: Work;
  readonly values: () => Partial<LayerArgValues>;
}

// See `quantize8` in kernels/epilogue/epilogue.as.ts: 1.5 * 2^23, and its bits.
const roundingShift = 12582912;
const roundingShiftBits = 0x4b400000;

// A matrix product is worked on in strips of rows; of a strip, the left side and what is written for it leave
// room in a first-level cache for the weights of a group of channels.
const stripBytes = 12 * 1024;

export class WasmProgram implements Program {
  readonly plan: Plan;
  readonly #device: WasmDevice;
  readonly #layout: ArenaLayout;
  readonly #calls: readonly Call[];
  /** What this program has allocated for itself. */
  readonly #owned: Address[] = [];
  /** Of one thread. */
  #scratchBytes = 0;
  #scratch: Scratch = { address: 0, bytesPerThread: 0 };
  /** Address of the arena that the arguments were written for. */
  #writtenFor: Address | null = null;

  constructor(plan: Plan, device: WasmDevice) {
    this.plan = plan;
    this.#device = device;
    this.#layout = layOutArena(plan);
    try {
      this.#calls = plan.steps.map((step) => this.#compileStep(step));
      this.#reserve();
    } catch (thrown) {
      this.dispose();
      throw thrown;
    }
  }

  run(frame: RgbaFrame, observe?: ObserveTensor): Float32Array {
    const { plan } = this;
    const { frames, heap, runner } = this.#device;
    runner.wake();
    // Another program may have moved the shared regions since the last run.
    this.#reserve();
    frames.write(frame, plan.cropFraction, plan.subnet.resolution, this.#address(plan.image));
    observe?.(plan.image, this.#read(plan.image));
    for (let i = 0; i < this.#calls.length; i++) {
      runner.run(this.#calls[i]!.work, this.#scratch);
      if (observe === undefined) continue;
      for (const id of outputsOf(plan.steps[i]!)) observe(id, this.#read(id));
    }
    const { channels } = plan.tensors[plan.logits]!;
    return new Float32Array(heap.memory.buffer, this.#address(plan.logits), channels).slice();
  }

  dispose(): void {
    for (const address of this.#owned.splice(0)) this.#device.heap.free(address);
  }

  /** Makes room in the shared regions and rewrites the arguments if the arena has moved. */
  #reserve(): void {
    const { arena, scratch, heap, runner } = this.#device;
    const bytesPerThread = alignScratch(this.#scratchBytes);
    const address = scratch.reserve(bytesPerThread * runner.threads);
    this.#scratch = { address, bytesPerThread };
    const arenaAddress = arena.reserve(this.#layout.sizeBytes);
    if (arenaAddress === this.#writtenFor) return;
    const { view } = heap;
    for (const { work, values } of this.#calls) writeLayerArgs(view, work.args, values());
    this.#writtenFor = arenaAddress;
  }

  #compileStep(step: PlanStep): Call {
    const args = this.#own(this.#device.heap.allocate(layerArgBytes));
    return step.kind === 'quantize'
      ? this.#compileQuantize(step, args)
      : this.#compileLayer(step, args);
  }

  #compileQuantize(step: QuantizeStep, args: Address): Call {
    const { height, width } = this.plan.tensors[step.input]!;
    const outStride = pixelStride(this.plan, step.integerOutput);
    const operations = height * width * outStride;
    return {
      work: this.#cut({ kernel: 'quantize', rows: height, channels: outStride, operations }, args),
      values: () => ({
        ...this.#integerOutput(step),
        residual: this.#address(step.input),
        outWidth: width,
        outStride,
      }),
    };
  }

  #compileLayer(step: LayerStep, args: Address): Call {
    const { plan } = this;
    const { heap } = this.#device;
    const shape = convShape(plan, step);
    const inStride = pixelStride(plan, step.input);
    const zeroPoints = this.#zeroPoints(step.input, inStride);
    const outStride = padChannels(shape.outChannels);
    const narrow = narrowing(plan, step);
    const { kernel, ...kernelValues } = this.#chooseKernel(step, inStride, narrow !== null);
    const accInit = this.#accInit(step, zeroPoints, outStride);
    const multiplier = this.#own(heap.store(padded(step.table.multiplier, outStride)));
    const bias = this.#own(heap.store(padded(step.table.bias, outStride)));
    const padPixel = this.#own(heap.store(Uint8Array.from(zeroPoints)));
    const { outHeight, outWidth, kernelHeight, kernelWidth } = shape;
    const isDense = step.layer.op === 'conv' || step.layer.op === 'fullyConnected';
    const rows = isDense ? outHeight * outWidth : outHeight;
    const operations =
      outHeight * outWidth * outStride * kernelHeight * kernelWidth * (isDense ? inStride : 1);
    return {
      work: this.#cut({ kernel, rows, channels: outStride, operations }, args),
      values: () => ({
        ...shape,
        ...kernelValues,
        ...this.#integerOutput(step),
        ...narrow,
        input: this.#address(step.input),
        inStride,
        outStride,
        accInit,
        multiplier,
        bias,
        padPixel,
        residual: this.#addressOrZero(step.residual),
        clampMin: step.clampMin,
        clampMax: step.clampMax,
        floatOut: this.#addressOrZero(step.floatOutput),
      }),
    };
  }

  #cut(shape: WorkShape, args: Address): Work {
    const { kernel, rows, channels } = shape;
    return { kernel, args, rows, channels, ...cutWork(shape, this.#device.runner) };
  }

  #chooseKernel(
    step: LayerStep,
    inStride: number,
    narrows: boolean,
  ): Partial<LayerArgValues> & { readonly kernel: KernelName } {
    const { dot } = this.#device.engine;
    const { bits } = this.plan.subnet;
    const { layer } = step;
    const taps = layer.kernel[0] * layer.kernel[1];
    switch (layer.op) {
      case 'averagePool':
        return { kernel: 'averagePool' };
      case 'maxPool':
        return { kernel: 'maxPool' };
      case 'depthwise': {
        if (narrows && isDepthwise3x3(layer)) {
          const { width } = this.plan.tensors[step.integerOutput!]!;
          const { stripRows, scratchBytes } = depthwise3x3Strips(width, layer.stride);
          this.#needScratch(scratchBytes);
          const { address } = this.#device.weights.depthwise3x3(layer, bits);
          return { kernel: 'depthwise3x3', weights: address, stripRows };
        }
        this.#needScratch((taps + 1) * 4);
        const { address, ...strides } = this.#device.weights.depthwise(layer, bits);
        return { kernel: 'depthwise', weights: address, ...strides };
      }
      case 'conv':
      case 'fullyConnected': {
        const range = integerRange(this.plan, step.input);
        const operands: Operands = {
          weightBits: step.weightBits!,
          inputMax: range.max - range.min,
        };
        const chosen = chooseConvKernel(operands, dot, this.#device.convKernel);
        const rowBytes = taps * inStride * chosen.gatheredBytes;
        const outBytes = pixelStride(this.plan, step.integerOutput ?? step.floatOutput!);
        const stripTiles = Math.floor(stripBytes / (rowBytes + outBytes) / denseTileRows);
        const stripRows = Math.max(1, stripTiles) * denseTileRows;
        this.#needScratch(stripRows * rowBytes);
        const { address, ...strides } = this.#device.weights.conv(layer, bits, chosen.order);
        return {
          kernel: chosen.name,
          weights: address,
          ...strides,
          stripRows,
          quadsPerWiden: quadsPerWiden(operands),
        };
      }
      default:
        return layer.op satisfies never;
    }
  }

  /** What stands for zero in each byte of an input pixel. */
  #zeroPoints(input: TensorId, stride: number): readonly number[] {
    if (input === this.plan.image) return [...this.plan.imageZeroPoint, 0];
    return new Array<number>(stride).fill(zeroPoint(this.plan, input));
  }

  #accInit(step: LayerStep, zeroPoints: readonly number[], outStride: number): Address {
    const { heap, weights } = this.#device;
    const { layer } = step;
    const isZero = zeroPoints.every((value) => value === 0);
    const share =
      isZero || step.weightBits === null
        ? this.#pooledShare(step, zeroPoints, outStride)
        : weights.zeroPointShare(layer, this.plan.subnet.bits, zeroPoints).subarray(0, outStride);
    return this.#own(heap.store(share));
  }

  /** The zero points' share where there are no weights (pooling), or where it is none. */
  #pooledShare(step: LayerStep, zeroPoints: readonly number[], outStride: number): Int32Array {
    const terms = pooledTerms(step.layer, this.plan.tensors[step.input]!);
    return new Int32Array(outStride).map((_, c) => -terms * (zeroPoints[c] ?? 0));
  }

  #integerOutput(step: PlanStep) {
    const { integerOutput: id, inverseStep } = step;
    if (id === null) return {};
    const { min, max } = integerRange(this.plan, id);
    const isLayer = step.kind === 'layer';
    const clampMin = isLayer ? step.clampMin : Number.NEGATIVE_INFINITY;
    const clampMax = isLayer ? step.clampMax : Number.POSITIVE_INFINITY;
    return {
      integerOut: this.#address(id),
      inverseStep,
      quantMin: Math.max(min, Math.fround(clampMin * inverseStep)),
      quantMax: Math.min(max, Math.fround(clampMax * inverseStep)),
      roundingShift,
      shiftToStored: zeroPoint(this.plan, id) - roundingShiftBits,
    };
  }

  #address(id: TensorId): Address {
    return this.#device.arena.address + this.#layout.offsets[id]!;
  }

  #addressOrZero(id: TensorId | null): Address {
    return id === null ? 0 : this.#address(id);
  }

  #own(address: Address): Address {
    this.#owned.push(address);
    return address;
  }

  #needScratch(sizeBytes: number): void {
    this.#scratchBytes = Math.max(this.#scratchBytes, sizeBytes);
  }

  /** A tensor without padding, integers as the values they stand for. */
  #read(id: TensorId): Float32Array | Int16Array {
    const { height, width, channels, values } = this.plan.tensors[id]!;
    const stride = pixelStride(this.plan, id);
    const count = height * width * stride;
    const { buffer } = this.#device.heap.memory;
    const isFloat = values.kind === 'float';
    const stored = isFloat
      ? new Float32Array(buffer, this.#address(id), count)
      : new Uint8Array(buffer, this.#address(id), count);
    const zero = zeroPoint(this.plan, id);
    const length = height * width * channels;
    const read = isFloat ? new Float32Array(length) : new Int16Array(length);
    for (let i = 0; i < length; i++) {
      read[i] = stored[Math.floor(i / channels) * stride + (i % channels)]! - zero;
    }
    return read;
  }
}

// Threads write to their scratch memory all the time: a cache line is one thread's.
function alignScratch(sizeBytes: number): number {
  return Math.ceil(sizeBytes / 64) * 64;
}

function padded(values: Float32Array, length: number): Float32Array {
  const result = new Float32Array(length);
  result.set(values);
  return result;
}

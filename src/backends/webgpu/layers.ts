import {
  integerRange,
  type LayerStep,
  outputsOf,
  type Plan,
  type PlanStep,
} from '../../network/plan.ts';
import { convShape } from '../convShape.ts';
import type { Gpu } from './gpu.ts';
import {
  encodeLayerArgs,
  finiteClamp,
  hasFloatOutput,
  hasIntegerOutput,
  hasResidual,
  type LayerArgValues,
} from './layerArgs.ts';
import type { BufferRange } from './readback.ts';
import { type DotProduct, shaders } from './shaders.ts';
import { pooledStart, storedShift, storedZeros, wordChannels, wordsOf } from './storage.ts';
import type { WeightPacks } from './weightPacks.ts';

const threads = 64;
const tilePositions = 4;
const groupWords = 2;

/** A step of a plan as the GPU runs it, but for where tensors lie. */
export interface GpuStep {
  readonly step: PlanStep;
  readonly pipeline: GPUComputePipeline;
  readonly args: ArrayBuffer;
  /** `Channels` of kernels/layer.wgsl; null for a step that only quantizes. */
  readonly channels: ArrayBuffer | null;
  readonly weights: BufferRange | null;
  readonly workgroups: number;
}

/** Chooses a step's kernel and works out its arguments. */
export async function compileStep(
  plan: Plan,
  step: PlanStep,
  { gpu, packs, dot }: { gpu: Gpu; packs: WeightPacks; dot: DotProduct },
): Promise<GpuStep> {
  const pipeline = (key: string, code: () => string) => gpu.orLost(gpu.pipelines.get(key, code));
  const { height, width, channels } = plan.tensors[outputsOf(step)[0]!]!;
  const outWords = wordsOf(channels);
  const output = { outHeight: height, outWidth: width, outWords };
  const values = { ...output, ...outputArgs(plan, step) };
  if (step.kind === 'quantize') {
    return {
      step,
      pipeline: await pipeline('quantize', shaders.quantize),
      args: encodeLayerArgs(values),
      channels: null,
      weights: null,
      workgroups: workgroupsOf(height * width * outWords),
    };
  }
  const { bits: modelBits } = plan.subnet;
  const { layer } = step;
  const zeros = storedZeros(plan, step.input);
  const shape: Partial<LayerArgValues> = {
    ...values,
    ...convShape(plan, step),
    inWords: wordsOf(plan.tensors[step.input]!.channels),
    outGroups: Math.ceil(outWords / groupWords),
    padWord: wordOf(zeros),
  };
  if (layer.op === 'averagePool' || layer.op === 'maxPool') {
    const { op } = layer;
    return {
      step,
      pipeline: await pipeline(op, () => shaders.pool(op)),
      args: encodeLayerArgs(shape),
      channels: encodeChannels(step, outWords, pooledStart(plan, step)),
      weights: null,
      workgroups: workgroupsOf(height * width * outWords),
    };
  }
  const { range, bits, ...place } = packs.weightsOf(layer, modelBits);
  const share = packs.zeroPointShare(layer, modelBits, zeros);
  const isDepthwise = layer.op === 'depthwise';
  return {
    step,
    pipeline: isDepthwise
      ? await pipeline(`depthwise ${bits}`, () => shaders.depthwise(bits))
      : await pipeline(`conv ${bits} ${dot}`, () => shaders.conv(bits, dot)),
    args: encodeLayerArgs({ ...shape, ...place }),
    channels: encodeChannels(step, outWords, share),
    weights: range,
    workgroups: workgroupsOf(
      isDepthwise
        ? height * Math.ceil(width / tilePositions) * outWords
        : Math.ceil((height * width) / tilePositions) * Math.ceil(outWords / groupWords),
    ),
  };
}

function outputArgs(plan: Plan, step: PlanStep): Partial<LayerArgValues> {
  const { integerOutput } = step;
  const isLayer = step.kind === 'layer';
  const { min, max } =
    integerOutput === null ? { min: 0, max: 0 } : integerRange(plan, integerOutput);
  return {
    outputs:
      (isLayer && step.residual !== null ? hasResidual : 0) |
      (isLayer && step.floatOutput !== null ? hasFloatOutput : 0) |
      (integerOutput === null ? 0 : hasIntegerOutput),
    clampMin: isLayer ? finiteClamp(step.clampMin) : 0,
    clampMax: isLayer ? finiteClamp(step.clampMax) : 0,
    inverseStep: step.inverseStep,
    quantMin: min,
    quantMax: max,
    storedShift: integerOutput === null ? 0 : storedShift(plan, integerOutput),
  };
}

/** Channels that fill up a word get zeros: they come out as zero, as the next layer counts on. */
function encodeChannels({ table }: LayerStep, words: number, first: Int32Array): ArrayBuffer {
  const rows = 3; // multiplier, bias, first
  const bytes = new ArrayBuffer(words * rows * wordChannels * 4);
  const floats = new Float32Array(bytes);
  const integers = new Int32Array(bytes);
  for (let c = 0; c < table.multiplier.length; c++) {
    const at = Math.floor(c / wordChannels) * rows * wordChannels + (c % wordChannels);
    floats[at] = table.multiplier[c]!;
    floats[at + wordChannels] = table.bias[c]!;
    integers[at + 2 * wordChannels] = first[c]!;
  }
  return bytes;
}

/** The image has a zero per channel; elsewhere all are the same. */
function wordOf(zeros: readonly number[]): number {
  const bytes = Int8Array.from(zeros.slice(0, wordChannels));
  return new DataView(bytes.buffer).getInt32(0, true);
}

function workgroupsOf(threadCount: number): number {
  return Math.ceil(threadCount / threads);
}

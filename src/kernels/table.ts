import { type BitWidth, weightRange } from '../quant/bits.ts';
import type { ConvWeightOrder } from './conv/order.ts';

/** What an engine's relaxed dot products do where the specification leaves it open; found by `probeDot`. */
export interface DotEngine {
  /** The second operand's bytes are read as unsigned. */
  readonly readsUnsigned: boolean;
  /** Full-range u8 x i8 products add up without saturating in between. */
  readonly exactFullRange: boolean;
}

/** The sizes of what is multiplied: they decide which instruction is exact. */
export interface Operands {
  readonly weightBits: BitWidth;
  /** Largest stored activation: 255, 63 or 15. */
  readonly inputMax: number;
}

export interface ConvKernel {
  /** Name of the wasm export. */
  readonly name: 'convDot' | 'convLowBit' | 'convWide';
  readonly needsRelaxedSimd: boolean;
  readonly order: ConvWeightOrder;
  /** Bytes of scratch memory that a gathered input byte takes. */
  readonly gatheredBytes: 1 | 2;
  /** Whether its results are exact for these operands on this engine. */
  isExact(operands: Operands, engine: DotEngine): boolean;
}

/** One row a kernel: dispatch, tests and benchmarks go through this table. */
export const convKernels = [
  {
    name: 'convDot',
    needsRelaxedSimd: true,
    order: 'quads',
    gatheredBytes: 1,
    isExact: (operands, engine) =>
      isReadAsMeant(operands, engine) &&
      (engine.exactFullRange || 2 * largestProduct(operands) <= maxI16),
  },
  {
    name: 'convLowBit',
    needsRelaxedSimd: true,
    order: 'quads',
    gatheredBytes: 1,
    isExact: (operands, engine) => isReadAsMeant(operands, engine) && quadsPerWiden(operands) >= 1,
  },
  {
    name: 'convWide',
    needsRelaxedSimd: false,
    order: 'pairs',
    gatheredBytes: 2,
    isExact: () => true,
  },
] as const satisfies readonly ConvKernel[];

const maxI16 = 32767;

// With fewer, widening takes back what the sums save: 4.5 ms for MobileNetV2's expanding layers with 6-bit weights and
// 8-bit inputs (two steps), where the dot product takes 4.3; best of 40 frames at 224 px without VNNI.
const worthwhileQuads = 4;

/**
 * The fastest kernel that is exact.
 * @param engine null on engines without relaxed SIMD
 * @param wished taken wherever it is exact: for tests and benchmarks
 */
export function chooseConvKernel(
  operands: Operands,
  engine: DotEngine | null,
  wished?: ConvKernel['name'],
): ConvKernel {
  const [dot, lowBit, wide] = convKernels;
  if (engine === null) return wide;
  const wishedKernel = convKernels.find(({ name }) => name === wished);
  if (wishedKernel?.isExact(operands, engine)) return wishedKernel;
  if (engine.exactFullRange && dot.isExact(operands, engine)) return dot;
  if (lowBit.isExact(operands, engine) && quadsPerWiden(operands) >= worthwhileQuads) return lowBit;
  return dot.isExact(operands, engine) ? dot : wide;
}

/** Sums of two products that an i16 surely holds. */
export function quadsPerWiden(operands: Operands): number {
  return Math.floor(maxI16 / (2 * largestProduct(operands)));
}

function largestProduct({ weightBits, inputMax }: Operands): number {
  return -weightRange(weightBits).min * inputMax;
}

function isReadAsMeant({ inputMax }: Operands, engine: DotEngine): boolean {
  return inputMax <= 127 || engine.readsUnsigned;
}

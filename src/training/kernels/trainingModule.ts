import { RtfqError } from '../../errors.ts';
import { decodeModule } from '../../kernels/decodeModule.ts';
import { matchMemory } from '../../kernels/sharedMemory.ts';
import { trainingHex } from './generated/training.ts';
import { trainingRelaxedHex } from './generated/trainingRelaxed.ts';

type Address = number;

/** What `training.as.ts` exports. Addresses are in bytes; `ConvGeometry` and scratch are passed by address. */
export interface TrainingModule {
  convFilterGradient(
    geometry: Address,
    input: Address,
    dy: Address,
    dFilter: Address,
    scratch: Address,
  ): void;
  convForward(geometry: Address, x: Address, filter: Address, y: Address, scratch: Address): void;
  convInputGradient(
    geometry: Address,
    dy: Address,
    filter: Address,
    dInput: Address,
    scratch: Address,
  ): void;
  depthwiseFilterGradient(geometry: Address, input: Address, dy: Address, dFilter: Address): void;
  depthwiseInputGradient(
    geometry: Address,
    dy: Address,
    filter: Address,
    dInput: Address,
    scratch: Address,
  ): void;
  maxPoolGradient(
    geometry: Address,
    input: Address,
    output: Address,
    dy: Address,
    dInput: Address,
  ): void;
  normalize(
    x: Address,
    gamma: Address,
    beta: Address,
    y: Address,
    mean: Address,
    inverseStd: Address,
    rows: number,
    channels: number,
    epsilon: number,
    clampMin: number,
    clampMax: number,
    scratch: Address,
  ): void;
  normalizeGradient(
    x: Address,
    dy: Address,
    mean: Address,
    inverseStd: Address,
    gamma: Address,
    beta: Address,
    dx: Address,
    dGamma: Address,
    dBeta: Address,
    rows: number,
    channels: number,
    clampMin: number,
    clampMax: number,
    scratch: Address,
  ): void;
  fakeQuantizeWhole(
    x: Address,
    step: Address,
    y: Address,
    count: number,
    min: number,
    max: number,
  ): void;
  fakeQuantizeWholeGradient(
    x: Address,
    step: Address,
    dy: Address,
    dx: Address,
    dStep: Address,
    count: number,
    min: number,
    max: number,
    gradScale: number,
  ): void;
  fakeQuantizeByChannel(
    x: Address,
    steps: Address,
    y: Address,
    rows: number,
    channels: number,
    min: number,
    max: number,
    scratch: Address,
  ): void;
  fakeQuantizeByChannelGradient(
    x: Address,
    steps: Address,
    dy: Address,
    dx: Address,
    dSteps: Address,
    rows: number,
    channels: number,
    min: number,
    max: number,
    gradScale: number,
    scratch: Address,
  ): void;
}

/** The build for every engine with SIMD, and the one that multiplies and adds in one instruction. */
export type TrainingBuild = 'simd128' | 'relaxed';

/** The fastest build that the engine compiles. */
export function bestTrainingBuild(): TrainingBuild {
  return WebAssembly.validate(codeOf('relaxed')) ? 'relaxed' : 'simd128';
}

/**
 * Compiles the kernels into a memory that is someone else's; they never grow it.
 * @throws RtfqError `BACKEND_UNAVAILABLE` where the engine refuses
 */
export function instantiateTrainingModule(
  memory: WebAssembly.Memory,
  build: TrainingBuild = bestTrainingBuild(),
): TrainingModule {
  const code = codeOf(build);
  matchMemory(code, memory);
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory } });
    return exports as unknown as TrainingModule;
  } catch (cause) {
    throw new RtfqError('BACKEND_UNAVAILABLE', 'the training kernels did not start', {
      got: cause instanceof Error ? cause.message : String(cause),
      expected: 'WebAssembly with SIMD, and a memory with a maximum of at most 4 GiB',
      cause,
    });
  }
}

function codeOf(build: TrainingBuild): Uint8Array<ArrayBuffer> {
  return decodeModule(build === 'relaxed' ? trainingRelaxedHex : trainingHex);
}

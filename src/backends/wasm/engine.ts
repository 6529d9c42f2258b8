import { RtfqError } from '../../errors.ts';
import { decodeModule } from '../../kernels/decodeModule.ts';
import type { KernelName } from '../../kernels/division.ts';
import { matchMemory } from '../../kernels/sharedMemory.ts';
import type { DotEngine } from '../../kernels/table.ts';
import type { Kernel } from './work.ts';

/** The exports of both builds; those that need relaxed SIMD are absent from the other. */
export type KernelExports = Readonly<Record<KernelName, Kernel | undefined>> & {
  readonly probeDot?: (weight: number, input: number) => number;
  readonly probePairs?: (weight: number, input: number) => number;
};

/** Which build of the kernels to use; `auto` takes relaxed SIMD where the engine has it. */
export type SimdChoice = 'auto' | 'relaxed' | 'simd128';

export interface WasmEngine {
  readonly kernels: KernelExports;
  /** For other threads. */
  readonly module: WebAssembly.Module;
  /** null in the SIMD128 build. */
  readonly dot: DotEngine | null;
  readonly description: string;
}

// A module of one function: i8x16.relaxed_swizzle of two splats.
const relaxedProbe = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0],
  ...[10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11],
);

/** To be called before anything else here. @throws RtfqError `BACKEND_UNAVAILABLE` */
export function expectWebAssembly(): void {
  if (typeof WebAssembly === 'undefined') {
    throw new RtfqError('BACKEND_UNAVAILABLE', 'this browser has no WebAssembly');
  }
}

/**
 * Finds out what the engine can do and compiles the build for it.
 * @throws RtfqError `BACKEND_UNAVAILABLE` when the engine lacks SIMD, or what was asked for
 */
export async function openEngine(
  memory: WebAssembly.Memory,
  choice: SimdChoice,
): Promise<WasmEngine> {
  if (choice !== 'simd128') {
    // Asked first, so that no engine downloads two builds.
    if (WebAssembly.validate(relaxedProbe)) {
      const { relaxedHex } = await import('./generated/relaxed.ts');
      return openRelaxed(await instantiate(decodeModule(relaxedHex), memory));
    }
    if (choice === 'relaxed') {
      throw new RtfqError('BACKEND_UNAVAILABLE', 'this browser has no relaxed SIMD', {
        hint: "use simd: 'auto'",
      });
    }
  }
  const { simd128Hex } = await import('./generated/simd128.ts');
  const code = decodeModule(simd128Hex);
  if (!WebAssembly.validate(code)) {
    throw new RtfqError('BACKEND_UNAVAILABLE', 'this browser has no WebAssembly SIMD', {
      hint: 'Chrome 91, Firefox 89 and Safari 16.4 have it',
    });
  }
  return { ...(await instantiate(code, memory)), dot: null, description: 'SIMD128' };
}

function openRelaxed({ kernels, module }: Instance): WasmEngine {
  const isExact = (weight: number, input: number) =>
    kernels.probeDot!(weight, input) === 4 * weight * input;
  const dot: DotEngine = {
    readsUnsigned: isExact(1, 128) && kernels.probePairs!(1, 128) === 2 * 128,
    exactFullRange: isExact(127, 255) && isExact(-128, 255),
  };
  const eightBit = dot.exactFullRange ? 'dot product' : 'i16 dot product';
  return { kernels, module, dot, description: `relaxed SIMD, 8 bit by ${eightBit}` };
}

type Instance = Pick<WasmEngine, 'kernels' | 'module'>;

async function instantiate(
  code: Uint8Array<ArrayBuffer>,
  memory: WebAssembly.Memory,
): Promise<Instance> {
  try {
    matchMemory(code, memory);
    const module = await WebAssembly.compile(code);
    return { module, kernels: await instantiateKernels(module, memory) };
  } catch (cause) {
    throw new RtfqError('BACKEND_UNAVAILABLE', 'the browser refused to compile WebAssembly', {
      got: cause instanceof Error ? cause.message : String(cause),
      hint: "a Content-Security-Policy must allow script-src 'wasm-unsafe-eval'",
      cause,
    });
  }
}

export async function instantiateKernels(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): Promise<KernelExports> {
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  return exports as unknown as KernelExports;
}

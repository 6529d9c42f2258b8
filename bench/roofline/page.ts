import type { WasmOptions } from '../../src/backends/wasm/backend.ts';
import type { ConvKernel } from '../../src/kernels/table.ts';
import type { BitWidth } from '../../src/quant/bits.ts';
import { type NetworkName, openNetwork } from '../networks.ts';
import { timeRounds } from '../timeRounds.ts';
import { openPeakProbe } from './peaks.ts';
import { repeatWork } from './repeatWork.ts';
import type { DotInstruction, Roofline } from './roofline.ts';
import { openStepCalls } from './stepCalls.ts';

export interface RooflineOptions {
  readonly rounds: number;
  readonly resolution: number;
  readonly networks: readonly NetworkName[];
  readonly bits: readonly BitWidth[];
  readonly simd: readonly NonNullable<WasmOptions['simd']>[];
}

declare global {
  var runRoofline: (options: RooflineOptions) => Promise<Roofline>;
}

/** What a kernel's loop is made of. Depthwise kernels multiply few numbers with each that they load. */
const instructionOf: Readonly<Record<ConvKernel['name'], DotInstruction>> = {
  convDot: 'relaxedDot',
  convLowBit: 'relaxedPairs',
  convWide: 'wideDot',
};

globalThis.runRoofline = async ({ rounds, resolution, networks, bits, simd }) => {
  const peaks = await openPeakProbe();
  const programs = [];
  for (const network of networks) {
    const { model } = await openNetwork(network, { resolution, bits });
    for (const build of simd) {
      for (const b of bits) {
        const subnet = { width: 1, resolution, bits: b } as const;
        const { backend, steps, runFrame } = await openStepCalls(model, subnet, { simd: build });
        const work = steps.map(({ run }) => repeatWork(run));
        programs.push({
          network,
          ...subnet,
          backend,
          steps,
          work: [...work, repeatWork(runFrame)],
        });
      }
    }
  }
  const work = [...peaks.work, ...programs.flatMap((program) => program.work)];
  const timings = await timeRounds(
    work.map(({ run }) => run),
    { rounds, warmUpRounds: 1 },
  );
  const times = timings.map(({ medianMs, minMs }, i) => {
    const { repeats } = work[i]!;
    return { medianMs: medianMs / repeats, minMs: minMs / repeats };
  });
  let at = peaks.work.length;
  return {
    peaks: peaks.peaksOf(times.map(({ minMs }) => minMs)),
    networks: programs.map(({ work: own, steps, ...program }) => {
      const ownTimes = times.slice(at, at + own.length);
      at += own.length;
      return {
        ...program,
        frameMs: ownTimes.at(-1)!.minMs,
        steps: steps.map(({ run: _, ...step }, i) => {
          const dense = step.kernels.find((name) => name in instructionOf);
          const instruction = instructionOf[dense as ConvKernel['name']] ?? null;
          return { ...step, instruction, ...ownTimes[i]! };
        }),
      };
    }),
  };
};

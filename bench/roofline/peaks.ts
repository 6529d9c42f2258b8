import { decodeModule } from '../../src/kernels/decodeModule.ts';
import { type RepeatedWork, repeatWork } from './repeatWork.ts';
import { type DotInstruction, dotInstructions, type Peaks } from './roofline.ts';

interface PeakExports {
  readonly relaxedDot: DotLoop;
  readonly relaxedPairs: DotLoop;
  readonly wideDot: DotLoop;
  readBytes(from: number, sizeBytes: number): number;
}
type DotLoop = (operands: number, iterations: number) => number;

/** See peaks.as.ts. */
const macsPerIteration: Readonly<Record<DotInstruction, number>> = {
  relaxedDot: 4 * 10 * 16,
  relaxedPairs: 4 * 6 * 16,
  wideDot: 4 * 6 * 8,
};
const iterations = 1000;

/** Within any second-level cache, and beyond most last-level ones. */
const stretches = [
  { name: 'cache', sizeBytes: 256 * 1024 },
  { name: 'memory', sizeBytes: 128 * 1024 * 1024 },
] as const;

const firstAddress = 1024;

/** What can be timed beside the layers, and what the times mean. */
export interface PeakProbe {
  readonly work: readonly RepeatedWork[];
  /** @param minMs of each piece of work */
  peaksOf(minMs: readonly number[]): Peaks;
}

export async function openPeakProbe(): Promise<PeakProbe> {
  const { peaksHex } = await import('./generated/peaks.ts');
  const sizeBytes = firstAddress + stretches.at(-1)!.sizeBytes;
  const memory = new WebAssembly.Memory({ initial: Math.ceil(sizeBytes / 65536), maximum: 65536 });
  // Pages that nobody wrote to may all be one page of zeros.
  new Uint8Array(memory.buffer).fill(7);
  const { instance } = await WebAssembly.instantiate(decodeModule(peaksHex), { env: { memory } });
  const loops = instance.exports as unknown as PeakExports;
  const work = [
    ...dotInstructions.map((name) => repeatWork(() => loops[name](firstAddress, iterations))),
    ...stretches.map((stretch) =>
      repeatWork(() => loops.readBytes(firstAddress, stretch.sizeBytes)),
    ),
  ];
  return {
    work,
    peaksOf(minMs) {
      const macs = dotInstructions.map((name, i) => [
        name,
        (1000 * macsPerIteration[name] * iterations) / minMs[i]!,
      ]);
      return {
        macsPerSecond: Object.fromEntries(macs),
        bandwidth: stretches.map((stretch, i) => ({
          ...stretch,
          bytesPerSecond: (1000 * stretch.sizeBytes) / minMs[dotInstructions.length + i]!,
        })),
      };
    },
  };
}

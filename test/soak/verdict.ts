import type { SoakReport } from './soakRun.ts';

/** How much more may be held in the end than after warming up. */
const tolerance = 0.05;

/**
 * What did not come back to where it was, in words; empty where all did. The first level is taken after a tenth of
 * the run, when all that is kept for later is there.
 */
export function verdictOn({ start, levels, end }: SoakReport): readonly string[] {
  const complaints: string[] = [];
  for (const thing of ['workers', 'listeners', 'videoFrames'] as const) {
    if (end[thing] !== start[thing]) complaints.push(`${thing}: ${start[thing]} -> ${end[thing]}`);
  }
  const [warm, last] = [levels[0]!, levels.at(-1)!];
  for (const kind of ['wasmBytes', 'gpuBytes', 'heapBytes'] as const) {
    const [before, after] = [warm[kind], last[kind]];
    if (before === null || after === null) continue;
    if (after > before * (1 + tolerance)) complaints.push(`${kind}: ${before} -> ${after}`);
  }
  return complaints;
}

import type { SoakReport } from './soakRun.ts';

/** How much more may be held in the end than at the least since the warm-up. */
const tolerance = 0.05;
// V8 counts what is reserved of a new page as used: steps of 65 KB were seen that heap snapshots know no object of.
const heapGrainBytes = 100_000;

/**
 * What did not come back to where it was, in words; empty where all did. The last level is compared with the least
 * of those before it.
 * @param warmUpLevels how many levels tell of warming up only; a short run needs more of them, as code that is
 * compiled counts as heap
 */
export function verdictOn({ start, levels, end }: SoakReport, warmUpLevels = 0): readonly string[] {
  const complaints: string[] = [];
  for (const thing of ['workers', 'listeners', 'videoFrames'] as const) {
    if (end[thing] !== start[thing]) complaints.push(`${thing}: ${start[thing]} -> ${end[thing]}`);
  }
  for (const kind of ['wasmBytes', 'gpuBytes', 'pageHeapBytes', 'workerHeapBytes'] as const) {
    const held = levels.slice(warmUpLevels).map((level) => level[kind]);
    const [before, after] = [Math.min(...held), held.at(-1)!];
    const grainBytes = kind.endsWith('HeapBytes') ? heapGrainBytes : 0;
    if (after > before * (1 + tolerance) + grainBytes)
      complaints.push(`${kind}: ${before} -> ${after}`);
  }
  return complaints;
}

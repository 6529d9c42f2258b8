import type { Plan, TensorId } from '../network/plan.ts';

/** Where each tensor of a plan lies, as offsets from the arena's base, and how large the whole is. */
export interface ArenaLayout {
  readonly offsets: readonly number[];
  readonly sizeBytes: number;
}

/**
 * Places tensors so that those in use at the same time do not overlap. Largest first, each at the lowest
 * offset that is free during its life: a greedy that is near the optimum on chains of layers.
 * @param sizes bytes of each tensor, multiples of the alignment that the backend wants
 */
export function layOutTensors(plan: Plan, sizes: readonly number[]): ArenaLayout {
  interface Placed {
    readonly id: TensorId;
    readonly start: number;
    readonly end: number;
  }
  const bySize = [...sizes.keys()].sort((a, b) => sizes[b]! - sizes[a]! || a - b);
  const placed: Placed[] = [];
  const offsets: number[] = [];
  for (const id of bySize) {
    const { firstStep, lastStep } = plan.tensors[id]!;
    let start = 0;
    const inTheWay = placed
      .filter((other) => {
        const life = plan.tensors[other.id]!;
        return life.firstStep <= lastStep && firstStep <= life.lastStep;
      })
      .sort((a, b) => a.start - b.start);
    for (const other of inTheWay) {
      if (other.start >= start + sizes[id]!) break;
      start = Math.max(start, other.end);
    }
    placed.push({ id, start, end: start + sizes[id]! });
    offsets[id] = start;
  }
  return { offsets, sizeBytes: Math.max(...placed.map(({ end }) => end)) };
}

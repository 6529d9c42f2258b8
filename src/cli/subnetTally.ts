import type { SubnetEntry } from '../model/manifest.ts';
import type { RunResult } from '../runtime/session.ts';
import { topClasses } from '../runtime/topClasses.ts';
import type { SubnetEvaluation } from '../training/report/evaluation.ts';

/** Counts what one subnet gets right. */
export class SubnetTally {
  readonly #subnet: SubnetEntry;
  readonly #classes: readonly string[];
  readonly #perClass: { correct: number; total: number }[];
  readonly #timesMs: number[] = [];
  #top1 = 0;
  #top5 = 0;
  #compared = 0;
  #differing = 0;

  constructor(subnet: SubnetEntry, classes: readonly string[]) {
    this.#subnet = subnet;
    this.#classes = classes;
    this.#perClass = classes.map(() => ({ correct: 0, total: 0 }));
  }

  /** @param labels class indices of the model's, one a result */
  add(labels: readonly number[], results: readonly RunResult[]): void {
    for (const [i, { logits, inferenceMs }] of results.entries()) {
      const label = labels[i]!;
      const best = this.#best(logits, 5);
      const own = this.#perClass[label]!;
      own.total++;
      if (best[0] === label) {
        own.correct++;
        this.#top1++;
      }
      if (best.includes(label)) this.#top5++;
      this.#timesMs.push(inferenceMs);
    }
  }

  /** @param others what another implementation says of the same pictures */
  compare(results: readonly RunResult[], others: readonly Float32Array[]): void {
    for (const [i, { logits }] of results.entries()) {
      this.#compared++;
      if (this.#best(logits, 1)[0] !== this.#best(others[i]!, 1)[0]) this.#differing++;
    }
  }

  evaluation(): SubnetEvaluation {
    const { width, resolution, bits, cost } = this.#subnet;
    const images = this.#timesMs.length;
    return {
      width,
      resolution,
      bits,
      macs: cost.macs,
      bitOps: cost.bitOps,
      top1: this.#top1 / images,
      top5: this.#top5 / images,
      images,
      medianMs: [...this.#timesMs].sort((a, b) => a - b)[images >> 1]!,
      perClass: this.#perClass,
      disagreement: this.#compared === 0 ? null : this.#differing / this.#compared,
    };
  }

  #best(logits: Float32Array, count: number): readonly number[] {
    return topClasses(logits, this.#classes, count).map(({ index }) => index);
  }
}

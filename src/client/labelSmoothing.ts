import { RtfqError } from '../errors.ts';
import type { SmoothingStep } from '../worker/protocol.ts';

/** One frame of a source whose labels are smoothed. */
export interface SmoothedFrame {
  readonly step: SmoothingStep;
  /** Takes the average, this frame included. */
  keep(average: Float64Array | null): void;
}

/**
 * Labels that do not flicker. Hand the same one to each `classify` of one source: the probabilities of its results
 * are then exponential averages over time,
 *
 *     average' = average + (1 - exp(-elapsed / timeConstant)) (probabilities - average),
 *
 * with the time since the frame before. As time decides and not the number of frames, neither a switch of subnets
 * nor another pace changes how long a label stays. After a pause of many time constants nothing is left of before.
 */
export class LabelSmoothing {
  /** As given. */
  readonly timeConstantMs: number;
  #past = nothingYet();

  /**
   * @param timeConstantMs after a change, the average has covered 63 % of the way once this long has passed
   * @throws RtfqError `INVALID_ARGUMENT` unless it is finite and above 0
   */
  constructor(timeConstantMs: number) {
    if (!(timeConstantMs > 0 && timeConstantMs < Number.POSITIVE_INFINITY)) {
      throw new RtfqError('INVALID_ARGUMENT', 'the time constant of a smoothing', {
        got: timeConstantMs,
        expected: 'milliseconds above 0',
      });
    }
    this.timeConstantMs = timeConstantMs;
  }

  /** Forgets: the next frame is of another source. One that is being classified now leaves no trace either. */
  reset(): void {
    this.#past = nothingYet();
  }

  /** @internal For the classifier: a frame that was offered at this time runs now. */
  begin(offeredMs: number): SmoothedFrame {
    const past = this.#past; // a reset puts another one in its place
    const { average, atMs } = past;
    return {
      step: { average, elapsedMs: offeredMs - atMs, timeConstantMs: this.timeConstantMs },
      keep(grown) {
        past.average = grown;
        past.atMs = offeredMs;
      },
    };
  }
}

interface Past {
  average: Float64Array | null;
  atMs: number;
}

function nothingYet(): Past {
  return { average: null, atMs: 0 };
}

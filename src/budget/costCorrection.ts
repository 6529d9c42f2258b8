/**
 * What frames say of single subnets. Calibration is a few runs, so costs are off by some per cent from subnet to
 * subnet, which no slow-down common to all can mend: where the difference is as large as the room that a climb
 * asks for, the policy would climb and fall for ever. Around each switch the device is as fast before as after;
 * by as much as the ratio of time to cost differs, the two costs do not go together.
 */
export interface Correction {
  /** Logarithm of the factor on each subnet's calibrated cost. */
  readonly factors: readonly number[];
  /** The subnet that runs: its newest ratios, as logarithms, and how many frames it has run. */
  readonly now: Run | null;
  /** The one before, until the two have been compared. */
  readonly before: Run | null;
  readonly sinceFadeMs: number;
}

interface Run {
  readonly index: number;
  readonly frames: number;
  readonly ratios: readonly number[];
}

// Few enough for the device to be the same, enough for a median.
const comparedFrames = 7;
// The first frame of a subnet finds cold caches.
const coldFrames = 1;
// Of the difference that one switch shows: noise averages out over some switches, half of it each subnet's share.
const gain = 0.25;
// A larger difference is a load that came or went.
const mostDifference = Math.log(1.25);
// So far calibration can be wrong; and a subnet that is thought dearer than it is has to be found out.
const mostFactor = Math.log(1.2);
// Switches happen when frames are slow or fast by chance, so corrections are a little too large: they fade.
const fadeEveryMs = 10_000;
const fadeHalfLifeMs = 180_000;

export function noCorrection(subnets: number): Correction {
  return {
    factors: new Array<number>(subnets).fill(0),
    now: null,
    before: null,
    sinceFadeMs: 0,
  };
}

/**
 * Takes a frame.
 * @param ratio its time over its subnet's cost, corrected
 */
export function correct(
  correction: Correction,
  index: number,
  ratio: number,
  elapsedMs: number,
): Correction {
  if (!(ratio > 0 && ratio < Number.POSITIVE_INFINITY)) return correction;
  const { now, before } = correction;
  const isSame = now?.index === index;
  const frames = isSame ? now.frames + 1 : 1;
  const known = isSame && frames > coldFrames + 1 ? now.ratios : [];
  const ratios = [...known.slice(1 - comparedFrames), Math.log(ratio)];
  const run = { index, frames, ratios };
  const next = { ...fade(correction, elapsedMs), now: run };
  if (!isSame) {
    // It was left soon: what there is of it has to do.
    const isShort = now !== null && before !== null && now.frames > coldFrames;
    return { ...(isShort ? compare(next, before, now) : next), before: now };
  }
  if (frames !== coldFrames + comparedFrames || before === null) return next;
  return { ...compare(next, before, run), before: null };
}

/** The device slept, or something else than its frames changed: what comes next compares with nothing. */
export function interrupt(correction: Correction): Correction {
  return { ...correction, now: null, before: null };
}

/** The corrected cost of a subnet. */
export function correctedMs({ factors }: Correction, index: number, calibratedMs: number): number {
  return calibratedMs * Math.exp(factors[index] ?? 0);
}

function compare(correction: Correction, before: Run, after: Run): Correction {
  const difference = median(after.ratios) - median(before.ratios);
  if (Math.abs(difference) > mostDifference) return correction;
  const factors = [...correction.factors];
  factors[after.index] = clamp(factors[after.index]! + gain * difference);
  factors[before.index] = clamp(factors[before.index]! - gain * difference);
  return { ...correction, factors };
}

function fade(correction: Correction, elapsedMs: number): Correction {
  const sinceFadeMs = correction.sinceFadeMs + elapsedMs;
  if (!(sinceFadeMs >= fadeEveryMs)) return { ...correction, sinceFadeMs };
  const left = 2 ** (-sinceFadeMs / fadeHalfLifeMs);
  return {
    ...correction,
    factors: correction.factors.map((factor) => left * factor),
    sinceFadeMs: 0,
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

function clamp(factor: number): number {
  return Math.min(mostFactor, Math.max(-mostFactor, factor));
}

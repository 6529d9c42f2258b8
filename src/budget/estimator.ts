/**
 * How slow the device is now, and how much its frames scatter, from few samples. As in ALERT (Wan et al.,
 * USENIX ATC 2020) one factor, common to all subnets, carries over what one subnet's frames say to all others:
 * a frame's time is that factor times the subnet's calibrated cost. The factor has no absolute meaning: where
 * costs were calibrated on a busy device, it is below 1 on an idle one.
 *
 * Numbers are natural logarithms of factors, since noise and loads multiply.
 */
export interface Estimate {
  /** Logarithm of the slow-down; null before the first sample. */
  readonly level: number | null;
  /** Mean absolute residual of ordinary frames. */
  readonly spread: number;
  /** How many spreads above the level all but `lateShare` of the frames are. */
  readonly quantile: number;
  /** Logarithms of the newest samples, oldest first; at most three. */
  readonly recent: readonly number[];
}

// Of the frames, how many may be slower than predicted. The promise is 5 %; what is predicted to fit mostly fits
// with some room, since subnets are steps, and that room is for the first two frames of each new load.
const lateShare = 0.045;
// Half of an old level is forgotten after so long: long enough that frames' noise averages out (eight frames at
// 30 fps), short enough for the half second within which a change has to be felt.
const levelHalfLifeMs = 250;
// Noise on an idle laptop is 2 to 4 %, on a phone about 10 %: begin between.
const startSpread = 0.06;
// The quantile of normal noise, whose mean absolute residual is 0.8 deviations.
const startQuantile = 2.4;
// Two frames in a row this many spreads off, on the same side, are a new load and no noise: one in a thousand
// pairs of ordinary frames.
const changeSpreads = 4;
// A pair of frames that far off is a new load however little the device scatters: timers are coarse.
const leastChange = 0.1;
// Share of a new residual in the spread: about 30 frames of memory.
const spreadGain = 0.03;
// Outliers count as so many spreads, or one tab switch would drown what 30 frames said.
const outlierSpreads = 3;
// Step of the quantile tracker: it finds a quantile that is off by half a spread within 150 frames, and wanders by
// less than a tenth of a spread once there.
const quantileStep = 0.1;
const leastQuantile = 1;
// Where nearly all frames are alike, a few per thousand are what is left to expect.
const leastMargin = 0.03;
const leastSpread = 0.005;
// Beyond a factor of 4 frames are late for reasons that no subnet helps against.
const mostMargin = Math.log(4);
// What a clock that is not broken can say of a subnet whose cost is roughly known.
const mostLevel = Math.log(1000);

export const unknownEstimate: Estimate = {
  level: null,
  spread: startSpread,
  quantile: startQuantile,
  recent: [],
};

/**
 * @param ratio measured time of a frame over the calibrated cost of its subnet; what is not a positive number
 *   is passed over
 * @param elapsedMs time since the sample before
 */
export function observe(estimate: Estimate, ratio: number, elapsedMs: number): Estimate {
  if (!(ratio > 0 && ratio < Number.POSITIVE_INFINITY)) return estimate;
  const sample = clamp(Math.log(ratio), -mostLevel, mostLevel);
  const { level, spread, quantile } = estimate;
  const recent = [...estimate.recent.slice(-2), sample];
  if (level === null) return { ...estimate, level: sample, recent };
  const residual = sample - level;
  const change = Math.max(leastChange, changeSpreads * spread);
  const before = recent[recent.length - 2]! - level;
  if (Math.abs(residual) > change && Math.abs(before) > change && residual * before > 0) {
    // The nearer of the two: one of them may be an outlier on top.
    const jump = Math.abs(residual) < Math.abs(before) ? residual : before;
    return {
      level: clamp(level + jump, -mostLevel, mostLevel),
      spread,
      quantile,
      recent: [sample],
    };
  }
  // A single frame never moves the level, be it ever so slow.
  const gain = 1 - 2 ** (-Math.max(elapsedMs, 1) / levelHalfLifeMs);
  const moved = level + gain * (median(recent) - level);
  const ordinary = Math.min(Math.abs(residual), outlierSpreads * spread);
  return {
    level: clamp(moved, -mostLevel, mostLevel),
    spread: Math.max(leastSpread, spread + spreadGain * (ordinary - spread)),
    quantile: trackQuantile(quantile, residual / spread),
    recent,
  };
}

/** After a pause caches are cold and clocks low: the newest samples no longer say what comes next. */
export function forgetRecent(estimate: Estimate): Estimate {
  return { ...estimate, recent: [] };
}

/** The factor that all but `lateShare` of the frames stay below. */
export function pessimisticSlowdown({ level, quantile, spread }: Estimate): number {
  return Math.exp((level ?? 0) + clamp(quantile * spread, leastMargin, mostMargin));
}

/** The factor that half of the frames stay below. */
export function slowdown({ level }: Estimate): number {
  return Math.exp(level ?? 0);
}

/** Stochastic descent on the pinball loss: right in the long run for any distribution (Gibbs and Candès, 2021). */
function trackQuantile(quantile: number, residual: number): number {
  const isAbove = residual > quantile ? 1 : 0;
  const moved = quantile + quantileStep * (isAbove - lateShare);
  return clamp(moved, leastQuantile, mostMargin / leastSpread);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  // Of two the nearer to zero slow-down change is unknown: the lower one, so that one outlier is ignored.
  return sorted[(sorted.length - 1) >> 1]!;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

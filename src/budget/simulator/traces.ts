import type { BatteryReading } from '../signals.ts';
import { normal, type Random, seededRandom } from './noise.ts';

/** What a device goes through. */
export interface Trace {
  readonly name: string;
  readonly seconds: number;
  /** How much slower than calibrated frames are at that time; without noise. */
  slowdown(atSeconds: number): number;
  /** Deviation of a frame's time, as a logarithm. */
  readonly deviation: number;
  /** Share of frames that take `outlierFactor` on top: garbage collection, compiles. */
  readonly outliers: number;
  readonly battery?: (atSeconds: number) => BatteryReading;
  /** When the load ends for good, where it does. */
  readonly loadEndsAtSeconds?: number;
  /** When the slowdown changes at a stroke. */
  readonly stepsAtSeconds: readonly number[];
}

export const outlierFactor = 3;

/** Scatter of frames on an idle laptop, and of garbage collections in a page that does little. */
const quiet = { deviation: 0.03, outliers: 0.002, stepsAtSeconds: [] } as const;

/** The suite, each the same for the same seed. */
export function traceSuite(seed: number): readonly Trace[] {
  return [steady, stepLoad, sawtooth, thermal, bursts(seed), noisyPhone(seed), discharge];
}

const steady: Trace = { ...quiet, name: 'steady', seconds: 120, slowdown: () => 1 };

/** Another page takes the processor's other half, and more, for 30 seconds. */
const stepLoad: Trace = {
  ...quiet,
  name: 'step',
  seconds: 90,
  slowdown: (at) => (at >= 30 && at < 60 ? 2.5 : 1),
  stepsAtSeconds: [30, 60],
  loadEndsAtSeconds: 60,
};

const sawtoothSeconds = 20;
/** Load that builds up over 20 seconds and is gone at once. */
const sawtooth: Trace = {
  ...quiet,
  name: 'sawtooth',
  seconds: 180,
  slowdown: (at) => (at < 160 ? 1 + 2 * ((at % sawtoothSeconds) / sawtoothSeconds) : 1),
  stepsAtSeconds: Array.from({ length: 8 }, (_, i) => (i + 1) * sawtoothSeconds),
  loadEndsAtSeconds: 160,
};

/** A phone that throttles as it warms up over half an hour, with its governor going to and fro. */
const thermal: Trace = {
  name: 'thermal',
  seconds: 1800,
  deviation: 0.05,
  outliers: 0.003,
  slowdown(at) {
    const warming = 1 - Math.exp(-Math.max(0, at - 120) / 360);
    return 1 + warming * (1.1 + 0.1 * Math.sin((2 * Math.PI * at) / 45));
  },
  stepsAtSeconds: [],
};

/** Background work every 8 seconds or so, for about a second. */
function bursts(seed: number): Trace {
  const random = seededRandom(seed + 1);
  const seconds = 180;
  const all: { readonly from: number; readonly to: number; readonly factor: number }[] = [];
  for (let at = 4; at < seconds - 15; ) {
    const to = at + 0.5 + 1.5 * random();
    all.push({ from: at, to, factor: 1.8 + 0.8 * random() });
    at = to + 3 + 10 * random();
  }
  return {
    ...quiet,
    name: 'bursts',
    seconds,
    slowdown: (at) => all.find(({ from, to }) => at >= from && at < to)?.factor ?? 1,
    stepsAtSeconds: all.flatMap(({ from, to }) => [from, to]),
    loadEndsAtSeconds: all.at(-1)!.to,
  };
}

/** Frames that scatter by an eighth, on a level that drifts, with an outlier in a hundred. */
function noisyPhone(seed: number): Trace {
  const seconds = 180;
  const drift = smoothNoise(seededRandom(seed + 2), seconds, 10);
  return {
    name: 'noisy',
    seconds,
    deviation: 0.12,
    outliers: 0.01,
    slowdown: (at) => 1.2 * Math.exp(0.06 * drift(at)),
    stepsAtSeconds: [],
  };
}

/** An hour without a charger, from 60 % to 4 %. */
const discharge: Trace = {
  ...quiet,
  name: 'battery',
  seconds: 3600,
  slowdown: () => 1,
  battery: (at) => ({ charging: false, level: Math.round(100 * (0.6 - (0.56 * at) / 3600)) / 100 }),
};

/** Normal numbers, one every so many seconds, and straight lines between them. */
function smoothNoise(random: Random, seconds: number, every: number): (at: number) => number {
  const knots = Array.from({ length: Math.ceil(seconds / every) + 2 }, () => normal(random));
  return (at) => {
    const place = at / every;
    const left = Math.floor(place);
    return knots[left]! + (place - left) * (knots[left + 1]! - knots[left]!);
  };
}

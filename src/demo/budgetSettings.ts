import type { Budget } from '../index.ts';

/** Where the battery's level comes from; 'ignore' does not heed it. */
export type BatteryMode = 'ignore' | 'device' | 'simulated';
/** Which limit of time is set. */
export type TimeMode = 'off' | 'latency' | 'fps';

/** The budget as the page's controls say it. */
export interface BudgetSettings {
  readonly timeMode: TimeMode;
  readonly latencyMs: number;
  readonly fps: number;
  /** null: no limit. */
  readonly maxBytes: number | null;
  readonly minAccuracy: number | null;
  readonly batteryMode: BatteryMode;
  /** Of the simulated battery, 0 to 1. */
  readonly batteryLevel: number;
}

/** A frame of a 30 Hz camera. */
export const firstSettings: BudgetSettings = {
  timeMode: 'latency',
  latencyMs: 33,
  fps: 30,
  maxBytes: null,
  minAccuracy: null,
  batteryMode: 'device',
  batteryLevel: 0.2,
};

export function toBudget(settings: BudgetSettings): Budget {
  const { timeMode, latencyMs, fps, maxBytes, minAccuracy, batteryMode } = settings;
  return {
    ...(timeMode === 'latency' && { latencyMs }),
    ...(timeMode === 'fps' && { fps }),
    ...(maxBytes !== null && { maxBytes }),
    ...(minAccuracy !== null && { minAccuracy }),
    battery: batteryMode === 'ignore' ? 'ignore' : 'auto',
  };
}

/** The longest that a frame may take; null without a limit. */
export function limitMs({ timeMode, latencyMs, fps }: BudgetSettings): number | null {
  switch (timeMode) {
    case 'off':
      return null;
    case 'latency':
      return latencyMs;
    case 'fps':
      return 1000 / fps;
    default:
      return timeMode satisfies never;
  }
}

import { type Budget, batteryCurve } from './budget.ts';

/** What `PressureObserver` says of the processor. */
export type Pressure = 'nominal' | 'fair' | 'serious' | 'critical';

const pressures: readonly Pressure[] = ['nominal', 'fair', 'serious', 'critical'];

export function isPressure(value: unknown): value is Pressure {
  return pressures.includes(value as Pressure);
}

/** The battery as the Battery Status API tells of it. */
export interface BatteryReading {
  readonly charging: boolean;
  /** 0 to 1 */
  readonly level: number;
}

/** What is known of the device's state; null is unknown, and changes nothing. */
export interface Signals {
  readonly battery: BatteryReading | null;
  readonly pressure: Pressure | null;
  readonly visible: boolean | null;
  readonly saveData: boolean | null;
}

export const unknownSignals: Signals = {
  battery: null,
  pressure: null,
  visible: null,
  saveData: null,
};

/**
 * 'critical' means that the device is about to overheat or to throttle (Compute Pressure, section 4): halving
 * the compute is the least that shows. 'serious' forbids climbs only: see the policy.
 */
const criticalShare = 0.5;

/** The share of the full compute per second that battery and pressure leave, above 0 and up to 1. */
export function computeShare(
  { battery: curve = 'auto', thermal = 'auto' }: Budget,
  { battery, pressure }: Signals,
): { readonly share: number; readonly because: 'battery' | 'pressure' | null } {
  const byPressure = thermal === 'auto' && pressure === 'critical' ? criticalShare : 1;
  const drains = battery !== null && battery.charging === false && battery.level >= 0;
  const byBattery =
    drains && curve !== 'ignore'
      ? interpolate(curve === 'auto' ? batteryCurve : curve, battery.level)
      : 1;
  if (byBattery >= 1 && byPressure >= 1) return { share: 1, because: null };
  return byBattery <= byPressure
    ? { share: byBattery, because: 'battery' }
    : { share: byPressure, because: 'pressure' };
}

function interpolate(curve: readonly { level: number; share: number }[], level: number): number {
  let upper = curve[0]!;
  for (const lower of curve) {
    if (level >= lower.level) {
      const span = upper.level - lower.level;
      if (span <= 0) return lower.share;
      return lower.share + ((level - lower.level) / span) * (upper.share - lower.share);
    }
    upper = lower;
  }
  return upper.share;
}

import { type BatteryReading, browserSignals, type SignalProvider } from '../index.ts';

export interface BatterySource {
  /** For `createClassifier`. */
  readonly provider: SignalProvider<BatteryReading>;
  /** Level, 0 to 1, of a battery that is pretended to drain; null: the device's own. */
  simulate(level: number | null): void;
  /** What the classifier was told last; null where nothing is known. */
  readonly reading: BatteryReading | null;
}

/** The device's battery, or a pretended one in its place. */
export function createBatterySource(): BatterySource {
  const listeners = new Set<(reading: BatteryReading | null) => void>();
  let device: BatteryReading | null = null;
  let simulated: BatteryReading | null = null;

  const reading = () => simulated ?? device;
  const tell = () => {
    for (const report of listeners) report(reading());
  };

  return {
    provider(report) {
      listeners.add(report);
      const end = browserSignals.battery((value) => {
        device = value;
        if (simulated === null) tell();
      });
      report(reading());
      return () => {
        listeners.delete(report);
        end();
      };
    },
    simulate(level) {
      if (level === (simulated?.level ?? null)) return;
      simulated = level === null ? null : { charging: false, level };
      tell();
    },
    get reading() {
      return reading();
    },
  };
}

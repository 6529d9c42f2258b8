import { isPressure } from '../budget/signals.ts';
import type { SignalProviders } from './signalRelay.ts';

// Newer than the type library, and absent from most browsers.
interface BatteryManager extends EventTarget {
  readonly charging: boolean;
  readonly level: number;
}
interface PressureObserver {
  observe(source: 'cpu', options: { readonly sampleInterval: number }): Promise<void>;
  disconnect(): void;
}
type PressureObserverClass = new (
  report: (records: readonly { readonly state: unknown }[]) => void,
) => PressureObserver;
interface DeviceNavigator {
  getBattery?(): Promise<BatteryManager>;
  readonly connection?: EventTarget & { readonly saveData?: boolean };
}

const pressureEveryMs = 2000;

/** What browsers tell; where one does not, the signal stays unknown. */
export const browserSignals: SignalProviders = {
  battery(report) {
    let battery: BatteryManager | null = null;
    let isEnded = false;
    const read = () => {
      if (battery !== null) report({ charging: battery.charging, level: battery.level });
    };
    // Rejects where the page's policy forbids it.
    device()
      .getBattery?.()
      .then(
        (manager) => {
          if (isEnded) return;
          battery = manager;
          read();
          for (const name of batteryEvents) battery.addEventListener(name, read);
        },
        () => {},
      );
    return () => {
      isEnded = true;
      for (const name of batteryEvents) battery?.removeEventListener(name, read);
    };
  },
  pressure(report) {
    const { PressureObserver: Observer } = globalThis as {
      PressureObserver?: PressureObserverClass;
    };
    if (Observer === undefined) return () => {};
    const observer = new Observer((records) => {
      const state = records.at(-1)?.state;
      report(isPressure(state) ? state : null);
    });
    observer.observe('cpu', { sampleInterval: pressureEveryMs }).catch(() => {});
    return () => observer.disconnect();
  },
  visible(report) {
    const page = globalThis.document;
    if (page === undefined) return () => {};
    const read = () => report(page.visibilityState === 'visible');
    read();
    page.addEventListener('visibilitychange', read);
    return () => page.removeEventListener('visibilitychange', read);
  },
  saveData(report) {
    const { connection } = device();
    if (connection === undefined) return () => {};
    const read = () => report(connection.saveData ?? null);
    read();
    connection.addEventListener('change', read);
    return () => connection.removeEventListener('change', read);
  },
};

const batteryEvents = ['chargingchange', 'levelchange'] as const;

function device(): DeviceNavigator {
  return (globalThis.navigator ?? {}) as DeviceNavigator;
}

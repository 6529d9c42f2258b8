import type { CalibratedSubnet } from '../index.ts';
import {
  type BatteryMode,
  type BudgetSettings,
  firstSettings,
  type TimeMode,
} from './budgetSettings.ts';
import { formatBytes, formatShare, formatWholeMs } from './format.ts';
import { element } from './page.ts';
import { createStopSlider } from './stopSlider.ts';

/** From a fast phone's best to a slow backend's worst. */
const latencyStopsMs = [
  1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 25, 33, 50, 66, 100, 150, 200, 300, 500, 1000,
];
const fpsStops = [1, 2, 5, 10, 15, 20, 24, 30, 45, 60, 90, 120];
/** Around what the shipped model takes: 3.5 MB with one 4-bit subnet, 12 MB with all that it runs. */
const memoryStops = [3e6, 4e6, 5e6, 6e6, 7e6, 8e6, 10e6, 12e6, null];
const batteryStops = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1];
const accuracyStep = 0.01;

export interface BudgetControl {
  readonly settings: BudgetSettings;
  /** Offers what these subnets can do. */
  open(subnets: readonly CalibratedSubnet[]): void;
}

/** The limits that a visitor may set. They may be changed before the network is there. */
export function createBudgetControl(onChange: () => void): BudgetControl {
  const changed = () => {
    render();
    onChange();
  };
  const latency = createStopSlider('latency-limit', {
    stops: latencyStopsMs,
    first: firstSettings.latencyMs,
    format: formatWholeMs,
    onChange: changed,
  });
  const fps = createStopSlider('fps-limit', {
    stops: fpsStops,
    first: firstSettings.fps,
    format: (stop) => `${stop} fps`,
    onChange: changed,
  });
  const memory = createStopSlider<number | null>('memory-limit', {
    stops: memoryStops,
    first: null,
    format: (stop) => (stop === null ? 'no limit' : formatBytes(stop)),
    onChange: changed,
  });
  const accuracy = createStopSlider<number | null>('accuracy-limit', {
    stops: [null],
    first: null,
    format: (stop) => (stop === null ? 'any' : `${formatShare(stop)} right`),
    onChange: changed,
  });
  const battery = createStopSlider('battery-level', {
    stops: batteryStops,
    first: firstSettings.batteryLevel,
    format: formatShare,
    onChange: changed,
  });

  const chosen = <Mode extends string>(name: string) =>
    element('controls', HTMLFormElement).querySelector<HTMLInputElement>(
      `input[name="${name}"]:checked`,
    )!.value as Mode;

  function render(): void {
    const timeMode = chosen<TimeMode>('time-mode');
    element('latency-row', HTMLElement).hidden = timeMode === 'fps';
    element('fps-row', HTMLElement).hidden = timeMode !== 'fps';
    latency.setEnabled(timeMode === 'latency');
    battery.setEnabled(chosen<BatteryMode>('battery-mode') === 'simulated');
  }

  for (const id of ['time-modes', 'battery-modes']) {
    element(id, HTMLFieldSetElement).addEventListener('change', changed);
  }
  render();

  return {
    get settings() {
      return {
        timeMode: chosen<TimeMode>('time-mode'),
        latencyMs: latency.value,
        fps: fps.value,
        maxBytes: memory.value,
        minAccuracy: accuracy.value,
        batteryMode: chosen<BatteryMode>('battery-mode'),
        batteryLevel: battery.value,
      };
    },
    open(subnets) {
      accuracy.setStops([null, ...accuracyStops(subnets)]);
    },
  };
}

/** Whole percents between the least and the most accurate subnet. */
function accuracyStops(subnets: readonly Pick<CalibratedSubnet, 'accuracy'>[]): number[] {
  const known = subnets.flatMap(({ accuracy }) => (accuracy ? [accuracy.top1] : []));
  const first = Math.ceil(Math.min(...known) / accuracyStep);
  const last = Math.floor(Math.max(...known) / accuracyStep);
  const stops: number[] = [];
  for (let percent = first; percent <= last; percent++) stops.push(percent / 100);
  return stops;
}

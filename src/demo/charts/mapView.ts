import type { Classifier, Subnet } from '../../index.ts';
import { sameSubnet } from '../format.ts';
import { createSizeTable } from '../sizeTable.ts';
import { createMapChart, type MapChart } from './mapChart.ts';
import { type MapLimits, type MapState, mapPoints } from './sizeMap.ts';

export interface MapView {
  /** Shows all subnets, the one that runs and what the budget leaves; costs little where nothing changed. */
  show(classifier: Classifier, active: Subnet, limits: MapLimits): void;
  /** Loads the chart; until then there is the table only. */
  open(onChoose: (subnet: Subnet) => void): Promise<void>;
}

/** The map of all subnets, as a chart and as a table. */
export function createMapView(): MapView {
  const table = createSizeTable();
  let chart: MapChart | null = null;
  let subnets: Classifier['subnets'] | null = null;
  let state: MapState | null = null;

  return {
    show(classifier, active, limits) {
      const isSame =
        subnets === classifier.subnets &&
        state?.active &&
        sameSubnet(state.active, active) &&
        state.limits.latencyMs === limits.latencyMs &&
        state.limits.minAccuracy === limits.minAccuracy;
      if (isSame) return;
      subnets = classifier.subnets;
      const isRecorded = subnets.some(({ accuracy }) => accuracy !== undefined);
      const points = mapPoints(subnets, classifier.expectedMs);
      state = { points, isRecorded, active, limits };
      chart?.update(state);
      table.update(state.points, active);
    },
    async open(onChoose) {
      chart = await createMapChart(onChoose);
      if (state) chart.update(state);
    },
  };
}

import type { Subnet } from '../index.ts';
import { type MapPoint, paretoFront } from './charts/sizeMap.ts';
import { dimensions, formatAccuracy, formatDimension, formatMs, sameSubnet } from './format.ts';
import { element } from './page.ts';

export interface SizeTable {
  update(points: readonly MapPoint[], active: Subnet | null): void;
}

/** The map's points as a table; written only while it is open. */
export function createSizeTable(): SizeTable {
  const details = element('map-details', HTMLDetailsElement);
  const body = element('map-rows', HTMLElement);
  let shown: Parameters<SizeTable['update']> = [[], null];
  let written = '';

  function write(): void {
    if (!details.open) return;
    const [points, active] = shown;
    const front = new Set(paretoFront(points));
    const rows = points.map((point) => [
      ...dimensions.map((dimension) => formatDimension(dimension, point.subnet[dimension])),
      `${point.measured ? '' : '≈ '}${formatMs(point.costMs)}`,
      formatAccuracy(point.accuracy),
      active !== null && sameSubnet(point.subnet, active)
        ? 'in use'
        : front.has(point)
          ? 'best of its speed'
          : '',
    ]);
    const text = JSON.stringify(rows);
    if (text === written) return;
    written = text;
    body.replaceChildren(...rows.map(tableRow));
  }

  details.addEventListener('toggle', write);
  return {
    update(points, active) {
      shown = [points, active];
      write();
    },
  };
}

function tableRow(cells: readonly string[]): HTMLTableRowElement {
  const row = document.createElement('tr');
  for (const text of cells) row.insertCell().textContent = text;
  return row;
}

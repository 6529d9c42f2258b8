import type { CalibratedSubnet, Subnet } from '../index.ts';
import {
  describeSubnet,
  dimensions,
  formatAccuracy,
  formatDimension,
  formatFps,
  formatMs,
  formatShare,
  sameSubnet,
} from './format.ts';
import type { FrameMeter } from './frameMeter.ts';
import { element, setText } from './page.ts';
import { valuesOf } from './pinChoices.ts';

/** What the full glyph of the bits stands for. */
const mostBits = 8;

/** The subnet in use: its three dimensions, how good it is and how fast. */
export interface ActiveView {
  setSubnet(subnet: Subnet, subnets: readonly CalibratedSubnet[]): void;
  /** @param inBudget share of the recent frames that kept the budget; null before the first */
  setSpeed(meter: FrameMeter, live: boolean, inBudget: number | null): void;
}

export function createActiveView(): ActiveView {
  const section = element('active', HTMLElement);
  const latency = element('latency', HTMLElement);
  const latencyNote = element('latency-note', HTMLElement);
  const noLatencyNote = latencyNote.textContent;
  const kept = element('in-budget', HTMLElement);
  const fps = element('fps', HTMLElement);

  return {
    setSubnet(subnet, subnets) {
      const description = describeSubnet(subnet);
      if (section.dataset.subnet === description) return;
      section.dataset.subnet = description;
      for (const dimension of dimensions) {
        const value = subnet[dimension];
        setText(element(`active-${dimension}`, HTMLElement), formatDimension(dimension, value));
        const full = dimension === 'bits' ? mostBits : valuesOf(subnets, dimension)[0]!;
        const glyph = element(`glyph-${dimension}`, HTMLElement);
        glyph.style.setProperty('--share', (value / full).toFixed(3));
      }
      showAccuracy(entryOf(subnet, subnets));
    },
    setSpeed(meter, live, inBudget) {
      const inferenceMs = meter.median('inferenceMs');
      const totalMs = meter.median('totalMs');
      setText(latency, inferenceMs === null ? '–' : formatMs(inferenceMs));
      setText(latencyNote, totalMs === null ? noLatencyNote : `${formatMs(totalMs)} in all`);
      setText(kept, inBudget === null ? '–' : formatShare(inBudget));
      setText(fps, live && meter.fps !== null ? formatFps(meter.fps) : '–');
    },
  };
}

function entryOf(subnet: Subnet, subnets: readonly CalibratedSubnet[]) {
  return subnets.find((entry) => sameSubnet(entry, subnet));
}

function showAccuracy(entry: CalibratedSubnet | undefined): void {
  const accuracy = entry?.accuracy;
  setText(element('accuracy', HTMLElement), accuracy ? formatAccuracy(accuracy.top1) : '–');
  setText(element('accuracy-note', HTMLElement), accuracy ? 'first guess' : 'not measured');
}

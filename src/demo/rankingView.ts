import type { RankedClass } from '../index.ts';
import { formatShare } from './format.ts';
import { element, setText } from './page.ts';

export const rankedClasses = 5;

/** A screen reader hears the first guess at most this often. */
const announceEveryMs = 3000;

export interface RankingView {
  show(classes: readonly RankedClass[], nowMs: number): void;
  clear(): void;
}

/** The most probable classes in rows that never move; bars show the probability. */
export function createRankingView(): RankingView {
  const rows = [...element('ranking', HTMLElement).children].map(readRow);
  const announcement = element('announcement', HTMLElement);
  let announcedMs = Number.NEGATIVE_INFINITY;

  function announce(label: string, nowMs: number): void {
    if (nowMs - announcedMs < announceEveryMs) return;
    announcedMs = nowMs;
    setText(announcement, label);
  }

  function setRow(row: Row, ranked: RankedClass | undefined): void {
    setText(row.label, ranked?.label ?? '–');
    setText(row.share, ranked ? formatShare(ranked.probability) : '');
    row.bar.style.setProperty('--share', (ranked?.probability ?? 0).toFixed(3));
  }

  return {
    show(classes, nowMs) {
      for (const [index, row] of rows.entries()) setRow(row, classes[index]);
      if (classes[0]) announce(classes[0].label, nowMs);
    },
    clear() {
      for (const row of rows) setRow(row, undefined);
    },
  };
}

interface Row {
  readonly label: HTMLElement;
  readonly bar: HTMLElement;
  readonly share: HTMLElement;
}

function readRow(row: Element): Row {
  const [label, bar, share] = row.children as unknown as [HTMLElement, HTMLElement, HTMLElement];
  return { label, bar, share };
}

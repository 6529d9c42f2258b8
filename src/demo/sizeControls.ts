import type { Classifier, Subnet } from '../index.ts';
import { createBudgetControl } from './budgetControl.ts';
import { describeSubnet, dimensions, formatMs } from './format.ts';
import { newestOnly } from './newestOnly.ts';
import { noticeOf } from './notice.ts';
import { element, setText } from './page.ts';
import { isFree, type Pins, samePins } from './pinChoices.ts';
import { createPinControl } from './pinControl.ts';

/** Shorter waits are not worth a word. */
const announceWaitMs = 150;

/** What the visitor wants of the network's size. */
interface Wish {
  readonly pins: Pins;
  readonly latencyMs: number | null;
}

const noWish: Wish = { pins: {}, latencyMs: null };

export interface SizeControls {
  /** Offers this classifier's subnets, and asks it for what was asked of the one before. */
  attach(classifier: Classifier): void;
  /** Says anew what became of the wish: another subnet runs, or is known better. */
  refresh(): void;
}

/** The visitor's hand on the network's size: pins and the latency budget. */
export function createSizeControls(onApplied: () => void): SizeControls {
  const status = element('control-status', HTMLElement);
  const failure = element('control-error', HTMLElement);
  const pins = createPinControl(() => void apply(readWish()));
  const budget = createBudgetControl(() => void apply(readWish()));
  let classifier: Classifier | null = null;
  let applied = noWish;

  const readWish = (): Wish => ({ pins: pins.pins, latencyMs: budget.latencyMs });

  const apply = newestOnly(async (wish: Wish) => {
    const asked = classifier;
    if (asked === null) return;
    failure.hidden = true;
    const waiting = setTimeout(() => setText(status, 'Preparing that size…'), announceWaitMs);
    try {
      await ask(asked, wish, applied);
      // Meanwhile another classifier may have taken its place, which knows of no wish yet.
      if (asked !== classifier) return;
      applied = wish;
      setText(status, outcome(asked, wish));
    } catch (thrown) {
      if (asked !== classifier) return;
      pins.set(applied.pins);
      const { text, hint, code } = noticeOf(thrown);
      setText(failure, [text, hint, code].filter(Boolean).join(' '));
      failure.hidden = false;
      setText(status, '');
    } finally {
      clearTimeout(waiting);
    }
    onApplied();
  });

  return {
    attach(next) {
      classifier = next;
      applied = noWish;
      pins.open(next.subnets);
      budget.enable();
      void apply(readWish());
    },
    refresh() {
      if (classifier !== null && status.textContent !== '')
        setText(status, outcome(classifier, applied));
    },
  };
}

async function ask(classifier: Classifier, wish: Wish, applied: Wish): Promise<void> {
  if (wish.latencyMs !== applied.latencyMs) {
    await classifier.setBudget(wish.latencyMs === null ? {} : { latencyMs: wish.latencyMs });
  }
  if (!samePins(wish.pins, applied.pins)) {
    await classifier.pin(isFree(wish.pins) ? 'auto' : (wish.pins as Partial<Subnet>));
  }
}

function outcome({ subnets, active }: Classifier, { pins, latencyMs }: Wish): string {
  if (latencyMs === null) {
    const allowed = isFree(pins) ? 'size' : 'of those you allow';
    return `Off: each frame gets the most accurate ${allowed}.`;
  }
  const entry = subnets.find((subnet) => dimensions.every((name) => subnet[name] === active[name]));
  const expectedMs = entry?.measuredMs ?? null;
  if (expectedMs === null) return `${describeSubnet(active)} for now; it is being measured.`;
  return expectedMs <= latencyMs
    ? `${describeSubnet(active)}: about ${formatMs(expectedMs)} here.`
    : `No size is that fast here; the fastest takes about ${formatMs(expectedMs)}.`;
}

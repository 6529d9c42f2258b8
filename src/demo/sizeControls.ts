import type { Budget, Classifier, Subnet } from '../index.ts';
import type { BatterySource } from './batterySource.ts';
import { createBudgetControl } from './budgetControl.ts';
import { type BudgetSettings, limitMs, toBudget } from './budgetSettings.ts';
import { describeSubnet, formatMs, sameSubnet } from './format.ts';
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
  readonly budget: Budget;
}

export interface SizeControls {
  readonly settings: BudgetSettings;
  /** Offers this classifier's subnets, and asks it for what was asked of the one before. */
  attach(classifier: Classifier): void;
  /** Asks for this subnet, whatever the budget. */
  pinTo(subnet: Subnet): void;
  /** Says anew what became of the wish: another subnet runs, or is known better. */
  refresh(): void;
}

/** The visitor's hand on the network's size: pins and the budget. */
export function createSizeControls(battery: BatterySource, onApplied: () => void): SizeControls {
  const status = element('control-status', HTMLElement);
  const failure = element('control-error', HTMLElement);
  const pins = createPinControl(() => void apply(readWish()));
  const budget = createBudgetControl(() => {
    const { batteryMode, batteryLevel } = budget.settings;
    battery.simulate(batteryMode === 'simulated' ? batteryLevel : null);
    void apply(readWish());
    onApplied();
  });
  let classifier: Classifier | null = null;
  let applied: Wish = readWish();

  function readWish(): Wish {
    return { pins: pins.pins, budget: toBudget(budget.settings) };
  }

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
      sayOutcome(asked);
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

  function sayOutcome(asked: Classifier): void {
    setText(status, outcome(asked, applied.pins, limitMs(budget.settings)));
  }

  return {
    get settings() {
      return budget.settings;
    },
    attach(next) {
      classifier = next;
      applied = { pins: {}, budget: {} };
      pins.open(next.subnets);
      budget.open(next.subnets);
      void apply(readWish());
    },
    pinTo({ width, resolution, bits }) {
      pins.set({ width, resolution, bits });
      void apply(readWish());
    },
    refresh() {
      if (classifier !== null && status.textContent !== '') sayOutcome(classifier);
    },
  };
}

async function ask(classifier: Classifier, wish: Wish, applied: Wish): Promise<void> {
  if (JSON.stringify(wish.budget) !== JSON.stringify(applied.budget)) {
    await classifier.setBudget(wish.budget);
  }
  if (!samePins(wish.pins, applied.pins)) {
    await classifier.pin(isFree(wish.pins) ? 'auto' : (wish.pins as Partial<Subnet>));
  }
}

function outcome(
  { subnets, expectedMs, active }: Classifier,
  pins: Pins,
  latencyMs: number | null,
): string {
  if (latencyMs === null) {
    const allowed = isFree(pins) ? 'size' : 'of those you allow';
    return `No time limit: each frame gets the most accurate ${allowed}.`;
  }
  const tookMs = expectedMs?.[subnets.findIndex((subnet) => sameSubnet(subnet, active))];
  if (expectedMs === null || tookMs === undefined) {
    return `${describeSubnet(active)} for now; it is being measured.`;
  }
  const about = `${describeSubnet(active)}: about ${formatMs(tookMs)} here`;
  if (tookMs <= latencyMs) return `${about}.`;
  const fastestMs = Math.min(...expectedMs);
  return fastestMs <= latencyMs
    ? `${about}, which is over the limit.`
    : `No size is that fast here; the fastest takes about ${formatMs(fastestMs)}.`;
}

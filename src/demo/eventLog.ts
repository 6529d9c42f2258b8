import type { Classifier, Subnet } from '../index.ts';
import type { BatterySource } from './batterySource.ts';
import type { LatencyHistory } from './charts/latencyHistory.ts';
import { sameSubnet } from './format.ts';
import type { LogView } from './logView.ts';
import { describeBudget, describeSwitch, directionOf } from './switchWords.ts';

export interface EventLogOptions {
  readonly log: LogView;
  readonly history: LatencyHistory;
  readonly battery: BatterySource;
  /** The limit of a frame's time that is set now. */
  readonly limitMs: () => number | null;
}

/** Writes down what a classifier tells of, in plain words, and marks its switches in the history. */
export function logEvents(
  classifier: Classifier,
  { log, history, battery, limitMs }: EventLogOptions,
): void {
  const entryOf = (subnet: Subnet) => classifier.subnets.find((entry) => sameSubnet(entry, subnet));

  classifier.addEventListener('switch', ({ detail }) => {
    const direction = directionOf(entryOf(detail.from)!, entryOf(detail.to)!);
    const { lastWorkMs } = history;
    const circumstances = { limitMs: limitMs(), lastWorkMs, battery: battery.reading };
    log.add(direction, describeSwitch(detail, direction, circumstances));
    history.addSwitch({ atMs: performance.now(), direction });
  });
  classifier.addEventListener('budget', ({ detail }) => log.add('note', describeBudget(detail)));
  classifier.addEventListener('loaderror', ({ detail: { error, retryMs } }) => {
    const seconds = Math.round(retryMs / 1000);
    log.add('note', `Better weights could not be fetched (${error.code}); again in ${seconds} s`);
  });
  classifier.addEventListener('backend', ({ detail: { from, to, reason } }) => {
    log.add('note', `From ${from} to ${to}: ${reason.summary}`);
  });
}

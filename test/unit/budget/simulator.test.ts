import { expect, test } from 'vitest';
import type { Score } from '../../../src/budget/simulator/score.ts';
import { runSuite } from '../../../src/budget/simulator/suite.ts';
import { readFilesFrom } from '../../../src/cli/modelFiles.ts';
import { openModel } from '../../../src/model/reader.ts';

const shipped = await openModel(readFilesFrom('models/office31-a2w-mobilenetv2'));
const { subnets } = shipped.manifest;
const seed = 1;
const scores = [...runSuite({ subnets, budget: { latencyMs: 33 }, seed })].map((run) => run.score);
const traces = [...new Set(scores.map(({ trace }) => trace))];

function scoreOf(policy: string, trace: string): Score {
  return scores.find((score) => score.policy === policy && score.trace === trace)!;
}

test('the shipped model has 48 subnets, each with its accuracy', () => {
  expect(subnets).toHaveLength(48);
  for (const { accuracy } of subnets) expect(accuracy?.top1).toBeGreaterThan(0.8);
});

test.each(traces)(
  '%s: 95 % of frames are in time, within a point of the oracle, seed 1',
  (trace) => {
    const rtfq = scoreOf('rtfq', trace);
    expect(rtfq.inBudget).toBeGreaterThanOrEqual(0.95);
    expect(rtfq.accuracy).toBeGreaterThan(scoreOf('oracle', trace).accuracy - 0.01);
    expect(rtfq.lateInARow).toBeLessThanOrEqual(2);
  },
);

test.each(['steady', 'noisy'])('%s: at most six switches a minute', (trace) => {
  expect(scoreOf('rtfq', trace).switchesPerMinute).toBeLessThanOrEqual(6);
});

test.each(['step', 'sawtooth', 'bursts'])('%s: recovered within 10 s of the end', (trace) => {
  expect(scoreOf('rtfq', trace).recoverySeconds).toBeLessThanOrEqual(10);
});

test('no fixed subnet is both as accurate and as often in time, and none is under load', () => {
  for (const trace of traces) {
    const rtfq = scoreOf('rtfq', trace);
    expect(rtfq.accuracy, trace).toBeGreaterThan(scoreOf('smallest', trace).accuracy);
    expect(rtfq.inBudget, trace).toBeGreaterThanOrEqual(scoreOf('largest', trace).inBudget);
  }
});

test('the threshold controller switches four times as often wherever frames vary', () => {
  for (const trace of ['step', 'thermal', 'bursts', 'noisy']) {
    const { switchesPerMinute } = scoreOf('rtfq', trace);
    expect(4 * switchesPerMinute, trace).toBeLessThan(
      scoreOf('threshold', trace).switchesPerMinute,
    );
  }
});

test('on battery the compute falls, and with it the accuracy', () => {
  expect(scoreOf('rtfq', 'battery').accuracy).toBeLessThan(scoreOf('rtfq', 'steady').accuracy);
});

test('the same seed gives the same scores, another one others', () => {
  const first = (of: number) => {
    const suite = runSuite({ subnets, budget: { latencyMs: 33 }, seed: of });
    suite.next();
    return suite.next().value!.score;
  };
  expect(first(seed)).toEqual(scores[1]);
  expect(first(2)).not.toEqual(scores[1]);
});

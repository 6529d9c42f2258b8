import { describe, expect, test } from 'vitest';
import { historyMs, LatencyHistory, roundUp } from '../../../src/demo/charts/latencyHistory.ts';

function historyOf(workMs: readonly number[], everyMs = 100, limitMs: number | null = 33) {
  const history = new LatencyHistory();
  for (const [i, ms] of workMs.entries())
    history.addFrame({ atMs: 5000 + i * everyMs, workMs: ms, limitMs });
  return history;
}

describe('the latency history', () => {
  test('counts seconds back from the newest frame', () => {
    const { x, workMs, limitMs } = historyOf([10, 12, 11], 500).columns;
    expect(x).toEqual([-1, -0.5, 0]);
    expect(workMs).toEqual([10, 12, 11]);
    expect(limitMs).toEqual([33, 33, 33]);
  });

  test('forgets what is older than half a minute', () => {
    const history = historyOf(Array(100).fill(10), 1000);
    history.addSwitch({ atMs: 6000, direction: 'down' });
    const { x } = history.columns;
    expect(x).toHaveLength(historyMs / 1000 + 1);
    expect(x[0]).toBe(-historyMs / 1000);
    expect(history.marks).toEqual([]);
  });

  test('does not join frames over a pause', () => {
    const history = historyOf([10, 11]);
    history.addFrame({ atMs: 15_100, workMs: 12, limitMs: 33 });
    expect(history.columns.workMs).toEqual([10, 11, null, 12]);
    const { x } = history.columns;
    expect([...x].sort((a, b) => a - b)).toEqual(x);
  });

  test('marks switches on the same axis', () => {
    const history = historyOf([10, 40, 41, 12]);
    history.addSwitch({ atMs: 5250, direction: 'down' });
    history.addSwitch({ atMs: 5400, direction: 'up' });
    expect(history.marks).toEqual([
      { x: -0.05, direction: 'down' },
      { x: 0, direction: 'up' },
    ]);
  });

  test('a lone outlier does not stretch the axis, the budget does', () => {
    expect(historyOf([...Array(99).fill(10), 900]).topMs).toBe(50);
    expect(historyOf(Array(100).fill(10), 100, null).topMs).toBe(20);
    expect(historyOf(Array(100).fill(100)).topMs).toBe(200);
  });

  test('the last two frames say what was too slow', () => {
    expect(new LatencyHistory().lastWorkMs).toBeNull();
    expect(historyOf([90, 41, 38]).lastWorkMs).toBe(41);
  });

  test('says in words what it shows', () => {
    expect(new LatencyHistory().describe()).toBe('No frame yet.');
    const history = historyOf([10, 10, 10, 40]);
    history.addSwitch({ atMs: 5250, direction: 'down' });
    expect(history.describe()).toBe(
      'Half of the frames within 10.0 ms, 95 of 100 within 10.0 ms; limit 33 ms; 1 switch.',
    );
  });
});

test.each([
  [0.7, 0.8],
  [4, 5],
  [10, 10],
  [10.1, 20],
  [39.6, 50],
  [81, 100],
  [1000, 1000],
])('the axis that has to reach %d ends at %d', (value, end) => {
  expect(roundUp(value)).toBeCloseTo(end, 9);
});

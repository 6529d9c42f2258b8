import { expect, test } from 'vitest';
import {
  describeMap,
  isWithin,
  mapPoints,
  paretoFront,
  timeRange,
  timeTicks,
} from '../../../src/demo/charts/sizeMap.ts';

const entry = (resolution: number, top1: number | null, measuredMs: number | null = null) => ({
  width: 1,
  resolution,
  bits: 8 as const,
  measuredMs,
  accuracy: top1 === null ? undefined : { top1 },
});

const subnets = [entry(224, 0.9, 12), entry(192, 0.7), entry(160, 0.8), entry(128, 0.6, 3)];
const points = mapPoints(subnets, [12, 8, 6, 3]);
const free = { latencyMs: null, minAccuracy: null };

test('points are in the order of their time, and say which were measured', () => {
  expect(points.map(({ subnet }) => subnet.resolution)).toEqual([128, 160, 192, 224]);
  expect(points.map(({ measured }) => measured)).toEqual([true, false, false, true]);
});

test('there are no points without times, and none of a subnet without a recorded accuracy', () => {
  expect(mapPoints(subnets, null)).toEqual([]);
  expect(mapPoints([entry(224, null)], [12])).toEqual([]);
});

test('the front leaves out what another is both faster and better than', () => {
  expect(paretoFront(points).map(({ subnet }) => subnet.resolution)).toEqual([128, 160, 224]);
});

test('of two of the same time only the better one is on the front', () => {
  const same = mapPoints([entry(224, 0.8), entry(192, 0.9)], [5, 5]);
  expect(paretoFront(same).map(({ subnet }) => subnet.resolution)).toEqual([192]);
});

test('a budget leaves what is fast and accurate enough', () => {
  const within = (latencyMs: number | null, minAccuracy: number | null) =>
    points
      .filter((point) => isWithin(point, { latencyMs, minAccuracy }))
      .map(({ subnet }) => subnet.resolution);
  expect(within(null, null)).toHaveLength(4);
  expect(within(6, null)).toEqual([128, 160]);
  expect(within(null, 0.8)).toEqual([160, 224]);
  expect(within(6, 0.8)).toEqual([160]);
});

test('says in words what it shows', () => {
  const state = { points, isRecorded: true, active: null, limits: free };
  expect(describeMap({ ...state, points: [] })).toBe('Waiting for the first measurement.');
  expect(describeMap({ ...state, points: [], isRecorded: false })).toContain('no accuracy');
  expect(describeMap({ ...state, limits: { latencyMs: 6, minAccuracy: null } })).toBe(
    '4 sizes, from 3.0 ms at 60.0% to 12.0 ms at 90.0%; 2 within the budget.',
  );
});

test('the axis of times has round numbers, and few of them, over a short and over a long range', () => {
  expect(timeTicks(2.6, 24)).toEqual([5, 10, 20]);
  expect(timeTicks(1.7, 1050)).toEqual([3, 10, 30, 100, 300, 1000]);
});

test('the axis of times holds every size, also one that took no time to speak of', () => {
  const point = {
    subnet: { width: 1, resolution: 128, bits: 8 },
    measured: true,
    accuracy: 0.9,
  } as const;
  const [leastMs, mostMs] = timeRange([
    { ...point, costMs: 0 },
    { ...point, costMs: 40 },
  ]);
  expect(leastMs).toBeGreaterThan(0);
  expect(leastMs).toBeLessThan(0.1);
  expect(mostMs).toBeGreaterThan(40);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { paretoFront } from '../../../src/network/paretoFront.ts';

interface Point {
  readonly cost: number;
  readonly gain: number;
}

const frontOf = (points: readonly Point[]) =>
  paretoFront(
    points,
    ({ cost }) => cost,
    ({ gain }) => gain,
  );

// Few values, so that points tie.
const value = fc.integer({ min: 0, max: 6 });
const pointsOf = fc.array(fc.record({ cost: value, gain: value }), { maxLength: 20 });

function beats(a: Point, b: Point): boolean {
  return a.cost <= b.cost && a.gain >= b.gain && (a.cost < b.cost || a.gain > b.gain);
}

const equals = (a: Point) => (b: Point) => a.cost === b.cost && a.gain === b.gain;

test('the front holds every point that no other beats, once, and no other point', () => {
  fc.assert(
    fc.property(pointsOf, (points) => {
      const front = frontOf(points);
      const unbeaten = points.filter((point) => !points.some((other) => beats(other, point)));
      expect(front.every((point) => unbeaten.includes(point))).toBe(true);
      for (const point of unbeaten) expect(front.filter(equals(point))).toHaveLength(1);
    }),
  );
});

test('the front rises in both, and the order of the points does not matter', () => {
  fc.assert(
    fc.property(pointsOf, (points) => {
      const front = frontOf(points);
      for (const [i, point] of front.slice(1).entries()) {
        expect(point.cost).toBeGreaterThan(front[i]!.cost);
        expect(point.gain).toBeGreaterThan(front[i]!.gain);
      }
      expect(frontOf([...points].reverse())).toEqual(front);
    }),
  );
});

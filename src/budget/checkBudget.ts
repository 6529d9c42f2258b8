import { invalidArgument } from '../errors.ts';
import type { BatteryCurve, Budget, Pin } from './budget.ts';

// Records, so that the compiler misses none.
const budgetFields: Record<keyof Budget, true> = {
  latencyMs: true,
  fps: true,
  frameShare: true,
  battery: true,
  thermal: true,
  maxBytes: true,
  minAccuracy: true,
  floor: true,
  ceiling: true,
};
const pinFields: Record<keyof Exclude<Pin, 'auto'>, true> = {
  width: true,
  resolution: true,
  bits: true,
};

/** @throws RtfqError `INVALID_ARGUMENT`, naming the field, what it holds and what it should hold */
export function checkBudget(budget: Budget): void {
  expectRecord('budget', budget);
  expectFields('budget', budget, budgetFields);
  expectPositive('budget.latencyMs', budget.latencyMs);
  expectPositive('budget.fps', budget.fps);
  expectPositive('budget.maxBytes', budget.maxBytes);
  expectFraction('budget.minAccuracy', budget.minAccuracy);
  expectShare('budget.frameShare', budget.frameShare);
  checkBattery(budget.battery);
  const { thermal = 'auto' } = budget;
  if (thermal !== 'auto' && thermal !== 'ignore')
    invalidArgument('budget.thermal', thermal, "'auto' or 'ignore'");
  if (budget.floor !== undefined) checkDimensions('budget.floor', budget.floor);
  if (budget.ceiling !== undefined) checkDimensions('budget.ceiling', budget.ceiling);
}

/** Whether the model has such a subnet is not known here. @throws RtfqError `INVALID_ARGUMENT` */
export function checkPin(pin: Pin): void {
  if (pin !== 'auto') checkDimensions('pin', pin);
}

function checkDimensions(field: string, dimensions: Exclude<Pin, 'auto'>): void {
  expectRecord(field, dimensions);
  expectFields(field, dimensions, pinFields);
  for (const [name, value] of Object.entries(dimensions)) expectPositive(`${field}.${name}`, value);
}

function checkBattery(battery: Budget['battery']): void {
  if (battery === undefined || battery === 'auto' || battery === 'ignore') return;
  const expected = "'auto', 'ignore' or points of { level, share }";
  if (!Array.isArray(battery) || battery.length === 0)
    invalidArgument('budget.battery', battery, expected);
  let above = Number.POSITIVE_INFINITY;
  for (const [i, point] of (battery as BatteryCurve).entries()) {
    expectRecord(`budget.battery[${i}]`, point);
    const { level, share } = point;
    if (level === undefined)
      invalidArgument(`budget.battery[${i}].level`, level, 'a fraction, 0 to 1');
    expectFraction(`budget.battery[${i}].level`, level);
    if (share === undefined)
      invalidArgument(`budget.battery[${i}].share`, share, 'a share above 0, up to 1');
    expectShare(`budget.battery[${i}].share`, share);
    if (level >= above) invalidArgument(`budget.battery[${i}].level`, level, 'falling levels');
    above = level;
  }
}

function expectRecord(field: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) invalidArgument(field, value, 'an object');
}

function expectFields(field: string, value: object, known: Record<string, true>): void {
  for (const name of Object.keys(value)) {
    if (!Object.hasOwn(known, name)) invalidArgument(field, name, Object.keys(known).join(', '));
  }
}

function expectPositive(field: string, value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) {
    invalidArgument(field, value, 'a positive number');
  }
}

function expectFraction(field: string, value: unknown): void {
  if (value === undefined) return;
  // NaN is in no range.
  if (typeof value !== 'number' || !(value >= 0 && value <= 1)) {
    invalidArgument(field, value, 'a fraction, 0 to 1');
  }
}

function expectShare(field: string, value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== 'number' || !(value > 0 && value <= 1)) {
    invalidArgument(field, value, 'a share above 0, up to 1');
  }
}

import { expect, test } from 'vitest';
import { RtfqError, untilAborted } from '../../src/errors.ts';

const circular: { self?: unknown } = {};
circular.self = circular;

const described: readonly [string, unknown, string | undefined][] = [
  ['nothing', undefined, undefined],
  ['null', null, 'null'],
  ['text', 'text/html', 'text/html'],
  ['a number', 0.5, '0.5'],
  ['NaN', Number.NaN, 'NaN'],
  ['a bigint', 4n, '4'],
  ['an object', { width: 0.5, bits: [4, 8] }, '{"width":0.5,"bits":[4,8]}'],
  ['numbers that JSON lacks', { width: Number.NaN, bits: 4n }, '{"width":"NaN","bits":"4"}'],
  ['a circular object', circular, '[object Object]'],
  ['a symbol', Symbol('s'), 'Symbol(s)'],
];
for (const [what, got, expected] of described) {
  test(`${what} is told as ${expected}`, () => {
    expect(new RtfqError('INTERNAL', 'summary', { got }).got).toBe(expected);
  });
}

test('a signal ends the wait for work that goes on, also one that has fired before', async () => {
  const controller = new AbortController();
  const work = new Promise<never>(() => {});
  const waiting = untilAborted(work, controller.signal);
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
  await expect(untilAborted(work, controller.signal)).rejects.toMatchObject({ code: 'ABORTED' });
  await expect(untilAborted(Promise.resolve(1), undefined)).resolves.toBe(1);
});

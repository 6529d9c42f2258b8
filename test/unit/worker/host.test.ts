import { afterEach, expect, test, vi } from 'vitest';
import { Host } from '../../../src/worker/host.ts';

afterEach(() => vi.unstubAllGlobals());

type Request = (name: string, hold: () => Promise<never>) => Promise<unknown>;

function stubLocks(request: Request): void {
  vi.stubGlobal('navigator', { locks: { request } });
}

test('a lock that is granted is held from then on', async () => {
  stubLocks((_name, hold) => hold());
  expect(await new Host().holdLock('name')).toEqual({ ok: true, value: true });
});

test('where there are no Web Locks, or this origin may have none, no lock is held', async () => {
  vi.stubGlobal('navigator', {});
  expect(await new Host().holdLock('name')).toEqual({ ok: true, value: false });
  stubLocks(() => Promise.reject(new DOMException('no locks for you', 'SecurityError')));
  expect(await new Host().holdLock('name')).toEqual({ ok: true, value: false });
});

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openBackend } from '../../../src/backends/open.ts';
import * as wasm from '../../../src/backends/wasm/backend.ts';
import { RtfqError } from '../../../src/errors.ts';

vi.mock('../../../src/backends/wasm/backend.ts', { spy: true });

beforeEach(() => {
  vi.mocked(wasm.openWasmBackend).mockReset();
});
afterEach(() => vi.unstubAllGlobals());

const unavailable = new RtfqError('BACKEND_UNAVAILABLE', 'no SIMD');

test('a preferred backend that cannot run here is passed over, and the reason is told', async () => {
  vi.mocked(wasm.openWasmBackend).mockRejectedValue(unavailable);
  const { backend, refused } = await openBackend('auto');
  expect(backend.name).toBe('reference');
  expect(refused).toEqual([{ name: 'wasm', reason: 'no SIMD' }]);
});

test('a backend that was named and cannot run here is refused, with its reason as the cause', async () => {
  vi.mocked(wasm.openWasmBackend).mockRejectedValue(unavailable);
  await expect(openBackend('wasm')).rejects.toMatchObject({
    code: 'BACKEND_UNAVAILABLE',
    got: 'wasm: no SIMD',
    cause: unavailable,
  });
});

const otherFailures = [
  ['INTERNAL', new TypeError('Failed to fetch dynamically imported module')],
  ['OUT_OF_MEMORY', new RtfqError('OUT_OF_MEMORY', 'the browser gave no more memory')],
] as const;
for (const [code, failure] of otherFailures) {
  test(`auto does not hide a failure that is ${code}`, async () => {
    vi.mocked(wasm.openWasmBackend).mockRejectedValue(failure);
    await expect(openBackend('auto')).rejects.toMatchObject({ code, message: failure.message });
  });
}

test('without WebAssembly the wasm backend is unavailable, and auto goes on without it', async () => {
  vi.stubGlobal('WebAssembly', undefined);
  await expect(wasm.openWasmBackend()).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
  expect((await openBackend('auto')).backend.name).toBe('reference');
});

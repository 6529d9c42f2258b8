import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { BackendChoice } from '../../../src/backends/open.ts';
import * as wasm from '../../../src/backends/wasm/backend.ts';
import { RtfqError } from '../../../src/errors.ts';
import { openSession } from '../../../src/runtime/openSession.ts';
import { openTinyModel } from '../../support/tinyModel.ts';

vi.mock('../../../src/backends/wasm/backend.ts', { spy: true });
vi.mock('../../../src/backends/tfjs/backend.ts', () => ({
  openTfjsBackend: () => Promise.reject(new RtfqError('BACKEND_UNAVAILABLE', 'no tfjs')),
}));

beforeEach(() => {
  vi.mocked(wasm.openWasmBackend).mockReset();
});
afterEach(() => vi.unstubAllGlobals());

const unavailable = new RtfqError('BACKEND_UNAVAILABLE', 'no SIMD');

test('a preferred backend that cannot run here is passed over, and the reason is told', async () => {
  vi.mocked(wasm.openWasmBackend).mockRejectedValue(unavailable);
  const { session, refused } = await openSession(await openTinyModel(), 'auto');
  expect(session.backend.name).toBe('reference');
  expect(refused).toEqual([
    { name: 'webgpu', reason: expect.stringContaining('no WebGPU') },
    { name: 'wasm', reason: 'no SIMD' },
    { name: 'tfjs', reason: 'no tfjs' },
  ]);
});

test('a backend that was named and cannot run here is refused', async () => {
  vi.mocked(wasm.openWasmBackend).mockRejectedValue(unavailable);
  await expect(openSession(await openTinyModel(), 'wasm')).rejects.toBe(unavailable);
});

const otherFailures = [
  ['INTERNAL', new TypeError('Failed to fetch dynamically imported module')],
  ['OUT_OF_MEMORY', new RtfqError('OUT_OF_MEMORY', 'the browser gave no more memory')],
] as const;
for (const [code, failure] of otherFailures) {
  test(`auto does not hide a failure that is ${code}`, async () => {
    vi.mocked(wasm.openWasmBackend).mockRejectedValue(failure);
    const opening = openSession(await openTinyModel(), 'auto');
    await expect(opening).rejects.toMatchObject({ code, message: failure.message });
  });
}

test('without WebAssembly the wasm backend is unavailable, and auto goes on without it', async () => {
  const model = await openTinyModel();
  vi.stubGlobal('WebAssembly', undefined);
  await expect(wasm.openWasmBackend()).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
  expect((await openSession(model, 'auto')).session.backend.name).toBe('reference');
});

test('a model without a subnet to try a backend on leaves no backend open', async () => {
  const opening = vi.mocked(wasm.openWasmBackend);
  const model = await openTinyModel();
  const broken = { ...model, manifest: { ...model.manifest, subnets: [] } };
  await expect(openSession(broken, 'wasm')).rejects.toThrow();
  expect(opening).not.toHaveBeenCalled();
});

test.each([
  ['a mistyped backend', 'wsam', {}, 'webgpu | wasm'],
  ["an object's own word for a backend", 'toString', {}, 'webgpu | wasm'],
  ['no backend', undefined, {}, 'webgpu | wasm'],
  ['no thread', 'wasm', { threads: 0 }, '1 to 64'],
  ['half a thread', 'auto', { threads: 2.5 }, '1 to 64'],
  ['threads that are no number', 'reference', { threads: Number.NaN }, '1 to 64'],
  ['too many threads', 'wasm', { threads: 65 }, '1 to 64'],
])('%s is refused, with what would do', async (_, choice, options, expected) => {
  const opening = openSession(await openTinyModel(), choice as BackendChoice, options);
  await expect(opening).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    got: expect.anything(),
    expected: expect.stringContaining(expected),
  });
});

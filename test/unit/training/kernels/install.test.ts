import { Worker } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { installTrainingKernels } from '../../../../src/training/kernels/install.ts';
import { TensorMemory } from '../../../../src/training/kernels/tensorMemory.ts';
import {
  bestTrainingBuild,
  instantiateTrainingModule,
} from '../../../../src/training/kernels/trainingModule.ts';
import { openWasmWithKernels } from './backends.ts';

beforeAll(openWasmWithKernels);
afterEach(() => {
  vi.restoreAllMocks();
});

/** What the kernels rely on, in a memory of our own. */
function fakeBackend(wasm: object): object {
  return {
    dataIdMap: { get: () => ({ memoryOffset: 8 }) },
    makeOutput: () => ({}),
    incRef: () => undefined,
    wasm: { _malloc: () => 8, _free: () => undefined, ...wasm },
  };
}

test('installing twice changes nothing and says nothing', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const before = tf.getKernel('Conv2DBackpropInput', 'wasm');
  installTrainingKernels();
  expect(tf.getKernel('Conv2DBackpropInput', 'wasm')).toBe(before);
  expect(warn).not.toHaveBeenCalled();
});

test('another backend is refused', async () => {
  await tf.setBackend('cpu');
  try {
    expect(installTrainingKernels).toThrow(
      expect.objectContaining({ code: 'BACKEND_UNAVAILABLE', got: 'cpu', expected: 'wasm' }),
    );
  } finally {
    await tf.setBackend('wasm');
  }
});

test('the kernels start in the memory of either build of tfjs', () => {
  const plain = new WebAssembly.Memory({ initial: 1, maximum: 32768 });
  const shared = new WebAssembly.Memory({ initial: 1, maximum: 32768, shared: true });
  for (const wasm of [
    { asm: { memory: plain } },
    { wasmMemory: shared },
    { asm: {}, wasmMemory: shared },
  ]) {
    const { module } = new TensorMemory(fakeBackend(wasm));
    expect(module.normalize).toBeTypeOf('function');
  }
});

test('kernels compute in shared memory', () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const { module } = new TensorMemory(fakeBackend({ wasmMemory: memory }));
  const floats = new Float32Array(memory.buffer);
  floats.set([0.26, -9, 3.4, 0.5], 16);
  module.fakeQuantizeWhole(64, 76, 128, 3, -8, 7);
  expect([...floats.slice(32, 35)]).toEqual([0.5, -4, 3.5]);
});

test('an engine without relaxed SIMD gets the other build', () => {
  vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
  expect(bestTrainingBuild()).toBe('simd128');
});

test('Node has relaxed SIMD once tfjs is open, in threads too', async () => {
  expect(bestTrainingBuild()).toBe('relaxed');
  const Module = vi.spyOn(WebAssembly, 'Module');
  instantiateTrainingModule(new WebAssembly.Memory({ initial: 1, maximum: 1 }), 'relaxed');
  const code = Module.mock.calls[0]![0];
  const source = `
    const { parentPort, workerData } = require('node:worker_threads');
    parentPort.postMessage(WebAssembly.validate(workerData));`;
  const worker = new Worker(source, { eval: true, workerData: code });
  const isValid = await new Promise((resolve, reject) => {
    worker.once('message', resolve).once('error', reject);
  });
  expect(isValid).toBe(true);
  await worker.terminate();
});

test('a backend laid out otherwise is refused', () => {
  const unknown = expect.objectContaining({ code: 'BACKEND_UNAVAILABLE' });
  expect(() => new TensorMemory({})).toThrow(unknown);
  expect(() => new TensorMemory(fakeBackend({}))).toThrow(unknown);
  expect(() => new TensorMemory(fakeBackend({ asm: { memory: {} } }))).toThrow(unknown);
});

test('a full memory is reported', () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const full = new TensorMemory(fakeBackend({ asm: { memory }, _malloc: () => 0 }));
  expect(() => full.withScratch(64, () => undefined)).toThrow(
    expect.objectContaining({ code: 'OUT_OF_MEMORY' }),
  );
});

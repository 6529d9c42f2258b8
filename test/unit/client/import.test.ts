import { afterEach, expect, test, vi } from 'vitest';

const browserGlobals = [
  'window',
  'self',
  'document',
  'navigator',
  'location',
  'Worker',
  'VideoFrame',
  'MediaStreamTrackProcessor',
  'ImageData',
  'OffscreenCanvas',
  'createImageBitmap',
  'WebAssembly',
  'caches',
] as const;
const touched: string[] = [];
const before = new Map(
  browserGlobals.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]),
);

afterEach(() => {
  for (const [name, descriptor] of before) {
    if (descriptor) Object.defineProperty(globalThis, name, descriptor);
    else Reflect.deleteProperty(globalThis, name);
  }
});

test('importing the package touches nothing of a browser', async () => {
  vi.resetModules();
  for (const name of browserGlobals) {
    Object.defineProperty(globalThis, name, {
      configurable: true,
      get: () => {
        touched.push(name);
        return before.get(name)?.value;
      },
    });
  }
  const { createClassifier, openCamera } = await import('../../../src/index.ts');
  expect(createClassifier).toBeTypeOf('function');
  expect(openCamera).toBeTypeOf('function');
  expect(touched).toEqual([]);
});

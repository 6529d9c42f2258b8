import { expect, test } from 'vitest';
import { copyImageData, copyTensor } from '../../../src/frames/pixelCopies.ts';

test('a tensor’s numbers become opaque pixels', async () => {
  const ints = await copyTensor({
    shape: [1, 2, 3],
    dtype: 'int32',
    data: async () => [1, 2, 3, 253, 254, 255],
  });
  expect([...ints.data]).toEqual([1, 2, 3, 255, 253, 254, 255, 255]);
  const floats = await copyTensor({
    shape: [1, 1, 4],
    dtype: 'float32',
    data: async () => [0, 0.5, 1.5, 0],
  });
  expect([...floats.data]).toEqual([0, 128, 255, 255]);
  expect(floats).toMatchObject({ width: 1, height: 1 });
});

test('a tensor of the wrong shape, type or size is refused', async () => {
  const data = async () => [0, 0, 0];
  for (const [shape, dtype] of [
    [[1, 1], 'int32'],
    [[1, 1, 1], 'int32'],
    [[0, 1, 3], 'int32'],
    [[1, 1, 3], 'bool'],
    [[2, 1, 3], 'int32'],
  ] as const) {
    await expect(copyTensor({ shape, dtype, data })).rejects.toMatchObject({
      code: 'UNSUPPORTED_IMAGE',
      got: expect.any(String),
      expected: expect.any(String),
    });
  }
});

test('image data is copied, and refused when it is not 8 bit', () => {
  const data = new Uint8ClampedArray([1, 2, 3, 4]);
  const copy = copyImageData({ data, width: 1, height: 1 } as unknown as ImageData);
  data.fill(0);
  expect([...copy.data]).toEqual([1, 2, 3, 4]);
  const half = { data: new Float32Array(4), width: 1, height: 1 } as unknown as ImageData;
  expect(() => copyImageData(half)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_IMAGE' }));
});

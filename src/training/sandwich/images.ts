import { type Tensor4D, tensor4d } from '@tensorflow/tfjs';

/** The same pictures at each resolution: bytes of [n, side, side, 3], RGB. */
export type PicturesByResolution = ReadonlyMap<number, Uint8Array>;

/** The same as tensors, int32. */
export type ImagesByResolution = ReadonlyMap<number, Tensor4D>;

export function upload(pictures: PicturesByResolution): ImagesByResolution {
  return new Map(
    [...pictures].map(([side, bytes]) => {
      const count = bytes.length / (side * side * 3);
      return [side, tensor4d(new Int32Array(bytes), [count, side, side, 3], 'int32')];
    }),
  );
}

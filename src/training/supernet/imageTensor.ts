import * as tf from '@tensorflow/tfjs';

/** @param pictures side x side x 3 bytes each @returns [n, side, side, 3], int32 */
export function imageTensor(pictures: readonly Uint8Array[], side: number): tf.Tensor4D {
  const joined = new Int32Array(pictures.length * side * side * 3);
  pictures.forEach((picture, i) => {
    joined.set(picture, i * side * side * 3);
  });
  return tf.tensor4d(joined, [pictures.length, side, side, 3], 'int32');
}

import * as tf from '@tensorflow/tfjs';
import type { FloatProgram } from './floatProgram.ts';

/**
 * The float network's features of one picture, as it is and mirrored.
 * @param picture side x side x 3 bytes, RGB
 * @returns two rows
 */
export async function extractFeatures(
  program: FloatProgram,
  picture: Uint8Array,
  side: number,
): Promise<readonly [Float32Array, Float32Array]> {
  const features = tf.tidy(() => {
    const image = tf.tensor4d(picture, [1, side, side, 3], 'int32');
    return program.features(tf.concat([image, image.reverse(2)]));
  });
  const values = await features.data<'float32'>();
  features.dispose();
  const dimension = values.length / 2;
  return [values.slice(0, dimension), values.slice(dimension)];
}

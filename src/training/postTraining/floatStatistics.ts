import * as tf from '@tensorflow/tfjs';
import type { FloatProgram } from '../floatProgram.ts';
import { chunksOf, pause, picturesPerChunk } from './calibration.ts';
import { ChannelMoments } from './channelMoments.ts';

/** By layer name: moments of what the layer puts out before residual and activation. */
export type LayerMoments = ReadonlyMap<string, ChannelMoments>;

/**
 * Runs the float network on pictures and measures each layer's output: what every quantized subnet of
 * this resolution is to have as well.
 */
export async function measureFloatStatistics(
  program: FloatProgram,
  pictures: readonly Uint8Array[],
  resolution: number,
  signal?: AbortSignal,
): Promise<LayerMoments> {
  const moments = new Map<string, ChannelMoments>();
  for (const chunk of chunksOf(pictures, picturesPerChunk)) {
    await pause(signal);
    const images = tf.tensor4d(joinPictures(chunk), [chunk.length, resolution, resolution, 3]);
    await program.walk(images, async ({ layer, preActivation }) => {
      const own = moments.get(layer.name) ?? new ChannelMoments(layer.outChannels);
      own.add(await preActivation.data<'float32'>());
      moments.set(layer.name, own);
    });
    images.dispose();
  }
  return moments;
}

function joinPictures(pictures: readonly Uint8Array[]): Float32Array {
  const joined = new Float32Array(pictures.length * pictures[0]!.length);
  pictures.forEach((picture, i) => {
    joined.set(picture, i * picture.length);
  });
  return joined;
}

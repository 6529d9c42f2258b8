import type { FloatNetwork } from '../floatNetwork.ts';
import { FloatProgram } from '../floatProgram.ts';
import { chunksOf, pause, picturesPerChunk } from '../postTraining/calibration.ts';
import { ChannelMoments } from '../postTraining/channelMoments.ts';
import { imageTensor } from './imageTensor.ts';

export interface CalibrationPictures {
  /** Each side x side x 3 bytes, RGB. */
  readonly pictures: readonly Uint8Array[];
  readonly side: number;
}

/** What a float layer does on pictures. */
export interface LayerMeasurement {
  /** Of what it puts out before residual and activation. */
  readonly moments: ChannelMoments;
  /** Some of the values that it puts out in the end. */
  readonly samples: Float32Array[];
}

// Values of a layer's output that are kept of each chunk: with a few chunks as many as a step needs.
const samplesPerChunk = 2 ** 14;

/** By layer name. */
export async function measureLayers(
  network: FloatNetwork,
  { pictures, side }: CalibrationPictures,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, LayerMeasurement>> {
  const program = new FloatProgram(network);
  const measurements = new Map<string, LayerMeasurement>();
  try {
    for (const chunk of chunksOf(pictures, picturesPerChunk)) {
      await pause(signal);
      const images = imageTensor(chunk, side);
      await program.walk(images, async ({ layer, preActivation, output }) => {
        const own = measurements.get(layer.name) ?? {
          moments: new ChannelMoments(layer.outChannels),
          samples: [],
        };
        measurements.set(layer.name, own);
        own.moments.add(await preActivation.data<'float32'>());
        own.samples.push(sampleOf(await output.data<'float32'>(), layer.outChannels));
      });
      images.dispose();
    }
  } finally {
    program.dispose();
  }
  return measurements;
}

function sampleOf(values: Float32Array, channels: number): Float32Array {
  // One more than whole positions, so that the samples go round all channels.
  const stride = Math.floor(values.length / samplesPerChunk / channels) * channels + 1;
  const length = Math.ceil(values.length / stride);
  return Float32Array.from({ length }, (_, i) => values[i * stride]!);
}

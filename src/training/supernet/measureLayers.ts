import type { FloatNetwork } from '../floatNetwork.ts';
import { FloatProgram } from '../floatProgram.ts';
import { chunksOf, pause, picturesPerChunk } from '../postTraining/calibration.ts';
import { ChannelMoments } from '../postTraining/channelMoments.ts';
import { sampleChannels } from '../postTraining/sampleChannels.ts';
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
        const values = await output.data<'float32'>();
        own.samples.push(sampleChannels([values], layer.outChannels, samplesPerChunk));
      });
      images.dispose();
    }
  } finally {
    program.dispose();
  }
  return measurements;
}

import * as tf from '@tensorflow/tfjs';
import { throwIfAborted } from '../../errors.ts';
import type { Subnet } from '../../network/subnet.ts';
import { type Features, joinFeatures } from '../linearClassifier.ts';
import { chunksOf } from '../postTraining/calibration.ts';
import { quantizeWeights } from '../postTraining/integerWeights.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { upload } from '../sandwich/images.ts';
import type { ParameterValues } from '../supernet/parameters.ts';
import { supernetLayers } from '../supernet/shape.ts';
import { Supernet } from '../supernet/supernet.ts';
import { outChannelsLast } from '../supernet/weightOrder.ts';
import { sampleRequests } from './batchRequests.ts';
import type { Pictures, TrainingData } from './data.ts';
import { fitHead } from './fitHead.ts';

/** For `beginRun`. */
export interface HeadStartOptions {
  /** Called while features are read and the classifier is fitted. */
  readonly onProgress?: ((done: number, total: number, activity: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A supernet's values with a last layer that is fitted on the frozen features of all pictures, as the
 * largest subnet sees them: batch norm by batches of one domain, as in training.
 * @throws RtfqError `ABORTED`; what loading pictures throws
 */
export async function withFittedHead(
  { shape, values }: Pick<Supernet, 'shape'> & { readonly values: ParameterValues },
  subnet: Subnet,
  recipe: Recipe,
  { source, target, classes }: TrainingData,
  { onProgress, signal }: HeadStartOptions = {},
): Promise<ParameterValues> {
  const total = source.count + target.count + recipe.head.steps;
  let done = 0;
  const advance = (count: number, activity: string) => {
    done += count;
    onProgress?.(done, total, activity);
  };
  const supernet = new Supernet(shape, values);
  const featuresOf = (pictures: Pictures, purpose: string) =>
    extractFeatures(supernet, subnet, recipe, pictures, purpose, (count) => {
      throwIfAborted(signal);
      advance(count, 'extracting features');
    });
  try {
    const ofSource = await featuresOf(source, 'head source');
    const ofTarget = await featuresOf(target, 'head target');
    const { weights, bias } = await fitHead(
      {
        source: ofSource.features,
        sourceLabels: ofSource.indices.map((index) => source.labelOf(index)),
        target: ofTarget.features,
      },
      recipe,
      {
        classCount: classes.length,
        onStep: () => advance(1, 'fitting the classifier'),
        signal,
      },
    );
    const {
      layer,
      weight,
      bias: biasName,
    } = supernetLayers(shape, subnet.width, subnet.bits).at(-1)!;
    const { steps } = quantizeWeights(weights, layer.outChannels, weight!.bits);
    return new Map([
      ...values,
      [weight!.name, outChannelsLast(weights, layer.outChannels)],
      [weight!.step, steps],
      [biasName!, bias],
    ]);
  } finally {
    supernet.dispose();
  }
}

/** Of all pictures of a domain, in random order, so that batches are not of one class. */
async function extractFeatures(
  supernet: Supernet,
  subnet: Subnet,
  recipe: Recipe,
  pictures: Pictures,
  purpose: string,
  onPictures: (count: number) => void,
): Promise<{ readonly indices: readonly number[]; readonly features: Features }> {
  const requests = sampleRequests(recipe, purpose, pictures.count, pictures.count);
  const batches: Features[] = [];
  for (const chunk of chunksOf(requests, recipe.calibration.batch)) {
    const images = upload(await pictures.load(chunk, [subnet.resolution])).get(subnet.resolution)!;
    const features = tf.tidy(() => supernet.forward(subnet, images).features);
    batches.push({
      dimension: features.shape[1],
      values: (await features.data<'float32'>()).slice(),
    });
    tf.dispose([images, features]);
    onPictures(chunk.length);
  }
  return { indices: requests.map(({ index }) => index), features: joinFeatures(batches) };
}

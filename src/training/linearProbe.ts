import * as tf from '@tensorflow/tfjs';
import {
  channelStatistics,
  type Features,
  fitLinear,
  type LinearClassifier,
  standardise,
  unfold,
} from './linearClassifier.ts';

export interface ProbeOptions {
  /** Gradient steps, each on all examples. */
  readonly steps?: number;
  /** Weight of the squared weights in the loss, on standardised features. */
  readonly l2?: number;
  readonly onStep?: ((step: number, steps: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface TrainedProbe {
  readonly classifier: LinearClassifier;
  /** Fraction of the training pictures that it gets right. */
  readonly accuracy: number;
}

const defaultSteps = 300;
// Fitted on four fifths of Office-31 amazon, L2 of 1, 0.3, 0.1, 0.03, 0.01 gave 81.6, 84.6, 86.0, 86.5 and
// 86.5 % on the rest: the strongest within a standard error of the best.
const defaultL2 = 0.1;

/**
 * Softmax regression on features, full batch, from zero: nothing is random, so that the same features
 * give the same classifier.
 *
 * Features are standardised, for training by their own mean and deviation, for use by those of
 * `targetFeatures` where given (unlabelled pictures of the domain that the classifier is for, as AdaBN
 * does). Both are folded into the weights that are returned, which apply to plain features.
 * @param labels one class index per picture
 */
export async function trainProbe(
  features: Features,
  labels: readonly number[],
  classCount: number,
  targetFeatures: Features | null,
  options: ProbeOptions = {},
): Promise<TrainedProbe> {
  const source = channelStatistics(features);
  const target = targetFeatures === null ? source : channelStatistics(targetFeatures);
  const standardised = standardise(features, source);
  const trained = await regress(standardised, labels, classCount, options);
  return {
    classifier: unfold(trained, target),
    accuracy: await accuracyOf(trained, standardised, labels),
  };
}

async function accuracyOf(
  { weights, bias }: LinearClassifier,
  { dimension, values }: Features,
  labels: readonly number[],
): Promise<number> {
  const predicted = tf.tidy(() =>
    tf
      .tensor2d(values, [labels.length, dimension])
      .matMul(tf.tensor2d(weights, [bias.length, dimension]).transpose())
      .add(tf.tensor1d(bias))
      .argMax(1),
  );
  const classes = await predicted.data();
  predicted.dispose();
  return labels.filter((label, i) => classes[i] === label).length / labels.length;
}

async function regress(
  features: Features,
  labels: readonly number[],
  classCount: number,
  { steps = defaultSteps, l2 = defaultL2, onStep, signal }: ProbeOptions,
): Promise<LinearClassifier> {
  const wanted = tf.tidy(() => tf.oneHot(tf.tensor1d([...labels], 'int32'), classCount).toFloat());
  const logitGradient = (logits: tf.Tensor2D) =>
    tf.softmax(logits).sub<tf.Tensor2D>(wanted).div<tf.Tensor2D>(labels.length);
  try {
    return await fitLinear(features, classCount, logitGradient, { steps, l2, onStep, signal });
  } finally {
    wanted.dispose();
  }
}

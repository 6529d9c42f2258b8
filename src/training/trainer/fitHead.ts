import * as tf from '@tensorflow/tfjs';
import {
  channelStatistics,
  type Features,
  fitLinear,
  joinFeatures,
  type LinearClassifier,
  standardise,
  unfold,
} from '../linearClassifier.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { pseudoLabels, smoothedLabels } from '../sandwich/losses.ts';
import { sourceTerms, targetTerms, withoutDistillation } from '../sandwich/lossTerms.ts';

export interface HeadFeatures {
  readonly source: Features;
  /** One class index per source picture. */
  readonly sourceLabels: readonly number[];
  readonly target: Features;
}

export interface FitHeadOptions {
  readonly classCount: number;
  readonly onStep?: ((step: number, steps: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Fits a classifier on frozen features of both domains by the losses of the step's largest subnet, all
 * pictures at once. Its own confident predictions serve as pseudo-labels. Seconds, where training the
 * whole network with the same losses takes hours.
 * @throws RtfqError `ABORTED`
 */
export async function fitHead(
  { source, sourceLabels, target }: HeadFeatures,
  { losses, teacher, head }: Pick<Recipe, 'losses' | 'teacher' | 'head'>,
  { classCount, onStep, signal }: FitHeadOptions,
): Promise<LinearClassifier> {
  const both = joinFeatures([source, target]);
  const statistics = channelStatistics(both);
  const labels = smoothedLabels(sourceLabels, classCount, losses.labelSmoothing);
  const weights = withoutDistillation(losses.largest);
  const sources = sourceLabels.length;

  const lossOf = (logits: tf.Tensor2D, pseudo: tf.Tensor2D): tf.Scalar => {
    const ofSource = logits.slice<tf.Tensor2D>([0, 0], [sources, classCount]);
    const ofTarget = logits.slice<tf.Tensor2D>([sources, 0]);
    return tf.addN<tf.Scalar>([
      ...sourceTerms(weights, labels, null).map(({ weight, of }) =>
        of(ofSource).mul<tf.Scalar>(weight),
      ),
      ...targetTerms(weights, pseudo, null).map(({ weight, of }) =>
        of(ofTarget).mul<tf.Scalar>(weight),
      ),
    ]);
  };
  const logitGradient = (logits: tf.Tensor2D): tf.Tensor2D => {
    const pseudo = pseudoLabels(logits.slice<tf.Tensor2D>([sources, 0]), {
      threshold: losses.pseudoLabelThreshold,
      temperature: teacher.temperature,
    });
    return tf.grad((own) => lossOf(own as tf.Tensor2D, pseudo))(logits) as tf.Tensor2D;
  };
  try {
    const fitted = await fitLinear(standardise(both, statistics), classCount, logitGradient, {
      ...head,
      onStep,
      signal,
    });
    return unfold(fitted, statistics);
  } finally {
    labels.dispose();
  }
}

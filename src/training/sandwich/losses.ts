import * as tf from '@tensorflow/tfjs';

// Keeps the logarithm of a class that no image of the batch is predicted as finite.
const smallestProbability = 1e-12;

/** Mean over the batch of -sum(target * log softmax(logits)). Both [n, classes]; each target adds up to 1. */
export function crossEntropy(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Scalar {
  return tf.tidy(() => {
    const perImage = targets.mul(tf.logSoftmax(logits)).sum(1);
    return perImage.mean<tf.Scalar>().neg();
  });
}

/** One row per label: 1 - smoothing for its class, and smoothing spread over all classes. */
export function smoothedLabels(
  labels: ArrayLike<number>,
  classCount: number,
  smoothing: number,
): tf.Tensor2D {
  const rows = new Float32Array(labels.length * classCount).fill(smoothing / classCount);
  for (let i = 0; i < labels.length; i++) rows[i * classCount + labels[i]!]! += 1 - smoothing;
  return tf.tensor2d(rows, [labels.length, classCount]);
}

/**
 * Mean entropy minus entropy of the mean prediction: small where each image is predicted with confidence
 * and all classes occur (information maximisation: Krause et al., NIPS 2010; SHOT, ICML 2020).
 */
export function informationMaximisation(logits: tf.Tensor2D): tf.Scalar {
  return tf.tidy(() => {
    const logs = tf.logSoftmax(logits);
    const probabilities = logs.exp();
    const meanEntropy = probabilities.mul(logs).sum(1).mean().neg();
    const mean = probabilities.mean(0);
    const entropyOfMean = mean.mul(mean.add(smallestProbability).log()).sum().neg();
    return meanEntropy.sub<tf.Scalar>(entropyOfMean);
  });
}

/**
 * What a teacher's confident predictions say: softmax(logits / temperature) for images whose largest
 * probability at temperature 1 reaches the threshold, rows of zeros for the others, so that those add
 * nothing to `crossEntropy`.
 */
export function pseudoLabels(
  logits: tf.Tensor2D,
  { threshold, temperature }: { readonly threshold: number; readonly temperature: number },
): tf.Tensor2D {
  return tf.tidy(() => {
    const isConfident = tf.softmax(logits).max(1, true).greaterEqual(threshold).toFloat();
    return softTargets(logits, temperature).mul<tf.Tensor2D>(isConfident);
  });
}

/** softmax(logits / temperature) */
export function softTargets(logits: tf.Tensor2D, temperature: number): tf.Tensor2D {
  return tf.tidy(() => tf.softmax(logits.div<tf.Tensor2D>(temperature)));
}

/**
 * Cross-entropy with soft targets, both at a temperature, times its square, so that gradients keep their
 * size (Hinton et al., 2015).
 */
export function distillation(
  logits: tf.Tensor2D,
  targets: tf.Tensor2D,
  temperature: number,
): tf.Scalar {
  return tf.tidy(() =>
    crossEntropy(logits.div<tf.Tensor2D>(temperature), targets).mul<tf.Scalar>(temperature ** 2),
  );
}

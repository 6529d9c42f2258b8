import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  crossEntropy,
  distillation,
  informationMaximisation,
  pseudoLabels,
  smoothedLabels,
  softTargets,
} from '../../../../src/training/sandwich/losses.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Logits whose softmax is the given probabilities. */
function logitsOf(rows: number[][]): tf.Tensor2D {
  return tf.tensor2d(rows).log();
}

function numberOf(scalar: tf.Scalar): number {
  return scalar.dataSync<'float32'>()[0]!;
}

describe('losses, by hand', () => {
  test('cross-entropy is the mean of -log of what the right class got', () => {
    const logits = logitsOf([
      [0.5, 0.25, 0.25],
      [0.1, 0.8, 0.1],
    ]);
    const loss = crossEntropy(logits, smoothedLabels([0, 1], 3, 0));
    expect(numberOf(loss)).toBeCloseTo(-(Math.log(0.5) + Math.log(0.8)) / 2, 6);
  });

  test('smoothed labels spread over all classes, their own among them', () => {
    const rows = smoothedLabels([2, 0], 4, 0.2).arraySync();
    expect(rows[0]![2]).toBeCloseTo(0.85, 6);
    expect(rows[0]![0]).toBeCloseTo(0.05, 6);
    expect(rows[1]!.reduce((sum, value) => sum + value)).toBeCloseTo(1, 6);
  });

  test('information maximisation is -log(classes) at its best and 0 where all say the same', () => {
    const certain = logitsOf([
      [1 - 1e-7, 1e-7],
      [1e-7, 1 - 1e-7],
    ]);
    expect(numberOf(informationMaximisation(certain))).toBeCloseTo(-Math.log(2), 4);
    const collapsed = logitsOf([
      [0.9, 0.1],
      [0.9, 0.1],
    ]);
    expect(numberOf(informationMaximisation(collapsed))).toBeCloseTo(0, 5);
  });

  test('pseudo-labels are sharpened where the teacher is confident and nothing elsewhere', () => {
    const rows = pseudoLabels(
      logitsOf([
        [0.95, 0.05],
        [0.8, 0.2],
      ]),
      { threshold: 0.9, temperature: 0.04 },
    ).arraySync();
    expect(rows[0]![0]).toBeCloseTo(1, 6);
    expect(rows[1]).toEqual([0, 0]);
  });

  test('a batch of which one half is confident has half the loss', () => {
    const logits = logitsOf([
      [0.5, 0.5],
      [0.5, 0.5],
    ]);
    const targets = tf.tensor2d([
      [1, 0],
      [0, 0],
    ]);
    expect(numberOf(crossEntropy(logits, targets))).toBeCloseTo(Math.log(2) / 2, 6);
  });

  test('distillation is least where student and teacher agree', () => {
    const teacher = logitsOf([[0.7, 0.3]]);
    const targets = softTargets(teacher, 2);
    const agreeing = numberOf(distillation(teacher, targets, 2));
    expect(numberOf(distillation(logitsOf([[0.6, 0.4]]), targets, 2))).toBeGreaterThan(agreeing);
    expect(numberOf(distillation(logitsOf([[0.8, 0.2]]), targets, 2))).toBeGreaterThan(agreeing);
  });

  test('distillation at temperature 2 weighs 4 times its cross-entropy', () => {
    const student = logitsOf([[0.9, 0.1]]);
    const targets = tf.tensor2d([[1, 0]]);
    const softened = Math.sqrt(0.9) / (Math.sqrt(0.9) + Math.sqrt(0.1));
    expect(numberOf(distillation(student, targets, 2))).toBeCloseTo(-4 * Math.log(softened), 5);
  });

  test('stay finite for predictions of extreme confidence', () => {
    const extreme = tf.tensor2d([[1000, -1000]]);
    expect(numberOf(informationMaximisation(extreme))).toBeCloseTo(0, 6);
    expect(Number.isFinite(numberOf(crossEntropy(extreme, tf.tensor2d([[0, 1]]))))).toBe(true);
  });
});

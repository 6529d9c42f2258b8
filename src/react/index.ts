'use client';

export {
  type UseClassifierOptions,
  type UsedClassifier,
  useClassifier,
} from './useClassifier.ts';

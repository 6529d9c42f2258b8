export type { Tensor1D } from '@tensorflow/tfjs-core';

// The gradient and training kernels that tfjs's wasm backend lacks; they compute in its memory.
export { normalize } from './batchNorm.as';
export { normalizeGradient } from './batchNormGradient.as';
export { convFilterGradient } from './convFilterGradient.as';
export { convForward } from './convForward.as';
export { convInputGradient } from './convInputGradient.as';
export { depthwiseFilterGradient } from './depthwiseFilterGradient.as';
export { depthwiseInputGradient } from './depthwiseInputGradient.as';
export {
  fakeQuantizeByChannel,
  fakeQuantizeByChannelGradient,
  fakeQuantizeWhole,
  fakeQuantizeWholeGradient,
} from './fakeQuantize.as';
export { maxPoolGradient } from './maxPoolGradient.as';

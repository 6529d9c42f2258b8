// The build for engines with relaxed SIMD.
export * from './simd128.as';
export { convDot, probeDot, probePairs } from './conv/dot.as';
export { convLowBit } from './conv/lowBit.as';

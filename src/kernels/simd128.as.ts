// The build for every engine with SIMD; relaxed.as.ts adds what needs relaxed SIMD.
export { averagePool } from './averagePool/averagePool.as';
export { convWide } from './conv/wide.as';
export { depthwise } from './depthwise/depthwise.as';
export { depthwise3x3 } from './depthwise/depthwise3x3.as';
export { maxPool } from './maxPool/maxPool.as';
export { quantize } from './quantize/quantize.as';
export { filterColumns, filterRows } from './resize/resize.as';

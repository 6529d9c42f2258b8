import averagePool from '../../kernels/averagePool/averagePool.wgsl?raw';
import cells4 from '../../kernels/cells4.wgsl?raw';
import cells6 from '../../kernels/cells6.wgsl?raw';
import cells8 from '../../kernels/cells8.wgsl?raw';
import conv from '../../kernels/conv/conv.wgsl?raw';
import depthwise from '../../kernels/depthwise/depthwise.wgsl?raw';
import dequantize from '../../kernels/dequantize/dequantize.wgsl?raw';
import epilogue from '../../kernels/epilogue/epilogue.wgsl?raw';
import floatDot from '../../kernels/floatDot.wgsl?raw';
import layer from '../../kernels/layer.wgsl?raw';
import maxPool from '../../kernels/maxPool/maxPool.wgsl?raw';
import packedDot from '../../kernels/packedDot.wgsl?raw';
import quantize from '../../kernels/quantize/quantize.wgsl?raw';
import frameBuffer from '../../kernels/resize/frameBuffer.wgsl?raw';
import frameFloats from '../../kernels/resize/frameFloats.wgsl?raw';
import frameInts from '../../kernels/resize/frameInts.wgsl?raw';
import frameRows from '../../kernels/resize/frameRows.wgsl?raw';
import frameTexture from '../../kernels/resize/frameTexture.wgsl?raw';
import resize from '../../kernels/resize/resize.wgsl?raw';
import type { BitWidth } from '../../quant/bits.ts';

/** How four products of signed bytes are added up; both are exact. */
export type DotProduct = 'packed' | 'float';

const cells: Readonly<Record<BitWidth, string>> = { 8: cells8, 6: cells6, 4: cells4 };
const dots: Readonly<Record<DotProduct, string>> = { packed: packedDot, float: floatDot };
const pools = { averagePool, maxPool } as const;
const frames = { frameBuffer, frameTexture, frameInts, frameFloats, frameRows } as const;

export type PoolName = keyof typeof pools;
export type FrameSourceName = keyof typeof frames;

/** The shader of a kernel: directives come first, as the language wants it. */
export const shaders = {
  conv: (bits: BitWidth, dot: DotProduct) => join(dots[dot], layer, cells[bits], epilogue, conv),
  depthwise: (bits: BitWidth) => join(layer, cells[bits], epilogue, depthwise),
  pool: (name: PoolName) => join(layer, epilogue, pools[name]),
  quantize: () => join(layer, epilogue, quantize),
  dequantize: () => dequantize,
  resize: (source: FrameSourceName) => join(resize, frames[source]),
};

function join(...parts: readonly string[]): string {
  return parts.join('\n');
}

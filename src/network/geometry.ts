import type { Layer } from '../model/manifest.ts';

export interface Size {
  readonly height: number;
  readonly width: number;
}

/** Size of what a layer writes: floor((input + padding - kernel) / stride) + 1; below 1 where it has no output. */
export function outputSize(
  layer: Pick<Layer, 'op' | 'kernel' | 'stride' | 'padding'>,
  input: Size,
): Size {
  if (layer.op === 'averagePool') return { height: 1, width: 1 };
  const [top, left, bottom, right] = layer.padding;
  const [kernelHeight, kernelWidth] = layer.kernel;
  return {
    height: Math.floor((input.height + top + bottom - kernelHeight) / layer.stride) + 1,
    width: Math.floor((input.width + left + right - kernelWidth) / layer.stride) + 1,
  };
}

/** How many inputs a pooling layer's accumulator adds up: one where it takes the largest. */
export function pooledTerms({ op }: Pick<Layer, 'op'>, input: Size): number {
  return op === 'averagePool' ? input.height * input.width : 1;
}

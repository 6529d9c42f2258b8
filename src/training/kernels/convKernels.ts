import type * as tf from '@tensorflow/tfjs';
import {
  type ConvAttributes,
  type ConvGeometry,
  convGeometry,
  geometryBytes,
  geometryFields,
  type Shape4D,
} from './convGeometry.ts';
import type { TensorMemory } from './tensorMemory.ts';
import { wasmKernel } from './wasmKernel.ts';

// As the kernels have them: convFilterGradient.as.ts, listedProduct.as.ts, tile.as.ts.
const filterBlockPositions = 128;
const listedBlockPositions = 80;
const tileRows = 5;
const tileColumns = 8;
const floatBytes = 4;

/** The gradients of `tf.conv2d` and `tf.depthwiseConv2d` by their inputs and filters. */
export const convKernels: readonly tf.KernelConfig[] = [
  wasmKernel<'x' | 'dy', ConvAttributes & { readonly filterShape: Shape4D }>(
    'Conv2DBackpropFilter',
    ({ inputs: { x, dy }, attributes, memory }) => {
      const { filterShape } = attributes;
      const geometry = convGeometry(x.shape as Shape4D, filterShape, attributes, false);
      const dFilter = memory.makeFloats(filterShape);
      withGeometry(memory, geometry, convFilterGradientScratchBytes(geometry), (at, scratch) => {
        const [input, gradient] = [memory.addressOf(x), memory.addressOf(dy)];
        memory.module.convFilterGradient(at, input, gradient, memory.addressOf(dFilter), scratch);
      });
      return dFilter;
    },
  ),
  wasmKernel<'dy' | 'filter', ConvAttributes & { readonly inputShape: Shape4D }>(
    'Conv2DBackpropInput',
    ({ inputs: { dy, filter }, attributes, memory }) => {
      const { inputShape } = attributes;
      const geometry = convGeometry(inputShape, filter.shape as Shape4D, attributes, false);
      const dInput = memory.makeFloats(inputShape);
      withGeometry(memory, geometry, convInputGradientScratchBytes(geometry), (at, scratch) => {
        const [gradient, weights] = [memory.addressOf(dy), memory.addressOf(filter)];
        memory.module.convInputGradient(at, gradient, weights, memory.addressOf(dInput), scratch);
      });
      return dInput;
    },
  ),
  wasmKernel<'x' | 'dy', ConvAttributes & { readonly filterShape: Shape4D }>(
    'DepthwiseConv2dNativeBackpropFilter',
    ({ inputs: { x, dy }, attributes, memory }) => {
      const { filterShape } = attributes;
      const geometry = convGeometry(x.shape as Shape4D, filterShape, attributes, true);
      const dFilter = memory.makeFloats(filterShape);
      withGeometry(memory, geometry, 0, (at) => {
        const [input, gradient] = [memory.addressOf(x), memory.addressOf(dy)];
        memory.module.depthwiseFilterGradient(at, input, gradient, memory.addressOf(dFilter));
      });
      return dFilter;
    },
  ),
  wasmKernel<'dy' | 'filter', ConvAttributes & { readonly inputShape: Shape4D }>(
    'DepthwiseConv2dNativeBackpropInput',
    ({ inputs: { dy, filter }, attributes, memory }) => {
      const { inputShape } = attributes;
      const geometry = convGeometry(inputShape, filter.shape as Shape4D, attributes, true);
      const dInput = memory.makeFloats(inputShape);
      withGeometry(
        memory,
        geometry,
        depthwiseInputGradientScratchBytes(geometry),
        (at, scratch) => {
          const [gradient, weights] = [memory.addressOf(dy), memory.addressOf(filter)];
          const to = memory.addressOf(dInput);
          memory.module.depthwiseInputGradient(at, gradient, weights, to, scratch);
        },
      );
      return dInput;
    },
  ),
];

/** Lends a kernel the geometry's address, and that of some scratch memory. */
export function withGeometry(
  memory: TensorMemory,
  geometry: ConvGeometry,
  scratchBytes: number,
  run: (geometryAddress: number, scratch: number) => void,
): void {
  memory.withScratch(geometryBytes + scratchBytes, (address) => {
    const fields = geometryFields(geometry);
    memory.integersAt(address, fields.length).set(fields);
    run(address, address + geometryBytes);
  });
}

/** A spilled tile, a pixel of zeros, a list of pixels, and the packed panels of both sides. */
function convFilterGradientScratchBytes({ inChannels, outChannels }: ConvGeometry): number {
  const perPosition =
    1 +
    tileRows * Math.ceil(inChannels / tileRows) +
    tileColumns * Math.ceil(outChannels / tileColumns);
  const floats = tileRows * tileColumns + inChannels + filterBlockPositions * perPosition;
  return floats * floatBytes;
}

function convInputGradientScratchBytes(geometry: ConvGeometry): number {
  const { inChannels, outChannels } = geometry;
  return listedProductScratchBytes(geometry, outChannels, inChannels);
}

export function convForwardScratchBytes(geometry: ConvGeometry): number {
  const { inChannels, outChannels } = geometry;
  return listedProductScratchBytes(geometry, inChannels, outChannels);
}

/** Tiles, a pixel of zeros, lists of pixels for the target and each tap, and the packed filter. */
function listedProductScratchBytes(
  { kernelHeight, kernelWidth }: ConvGeometry,
  depth: number,
  columns: number,
): number {
  const taps = kernelHeight * kernelWidth;
  const tiles = tileRows * (2 * tileColumns + 1);
  const lists = listedBlockPositions * (1 + taps) + taps;
  const panels = tileColumns * Math.ceil(columns / tileColumns) * taps * depth;
  return (tiles + depth + lists + panels) * floatBytes;
}

/** A pair of addresses for each tap, and a column for each input column and kernel column. */
function depthwiseInputGradientScratchBytes(geometry: ConvGeometry): number {
  const { kernelHeight, kernelWidth, inWidth } = geometry;
  return (2 * kernelHeight + inWidth) * kernelWidth * floatBytes;
}

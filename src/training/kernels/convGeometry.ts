import * as tf from '@tensorflow/tfjs';
import { RtfqError } from '../../errors.ts';

/** A convolution's shape, batch included; padding below and to the right follows from the sizes. */
export interface ConvGeometry {
  readonly batch: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly inChannels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outChannels: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly padTop: number;
  readonly padLeft: number;
}

export type Shape4D = [number, number, number, number];

/** What tfjs's convolution kernels are called with, besides their tensors. */
export interface ConvAttributes {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dilations?: [number, number] | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

export const geometryBytes = 13 * Int32Array.BYTES_PER_ELEMENT;

/** The values of `convGeometry.as.ts`, in its order. */
export function geometryFields(geometry: ConvGeometry): number[] {
  return [
    geometry.batch,
    geometry.inHeight,
    geometry.inWidth,
    geometry.inChannels,
    geometry.outHeight,
    geometry.outWidth,
    geometry.outChannels,
    geometry.kernelHeight,
    geometry.kernelWidth,
    geometry.strideHeight,
    geometry.strideWidth,
    geometry.padTop,
    geometry.padLeft,
  ];
}

/**
 * @param inShape NHWC
 * @param filterShape HWIO; for depthwise [height, width, channels, 1]
 * @throws RtfqError `INVALID_ARGUMENT` for what the kernels do not compute
 */
export function convGeometry(
  inShape: Shape4D,
  filterShape: Shape4D,
  attributes: ConvAttributes,
  depthwise: boolean,
): ConvGeometry {
  const { strides, pad, dataFormat = 'NHWC', dilations = 1, dimRoundingMode } = attributes;
  if (dataFormat !== 'NHWC') refuse('data layout', dataFormat, 'NHWC');
  if ([dilations].flat().some((dilation) => dilation !== 1)) refuse('dilation', dilations, 1);
  if (depthwise && filterShape[3] !== 1) refuse('channel multiplier', filterShape[3], 1);
  const info = tf.backend_util.computeConv2DInfo(
    inShape,
    filterShape,
    strides,
    1,
    pad,
    dimRoundingMode,
    depthwise,
    'channelsLast',
  );
  return {
    batch: info.batchSize,
    inHeight: info.inHeight,
    inWidth: info.inWidth,
    inChannels: info.inChannels,
    outHeight: info.outHeight,
    outWidth: info.outWidth,
    outChannels: info.outChannels,
    kernelHeight: info.filterHeight,
    kernelWidth: info.filterWidth,
    strideHeight: info.strideHeight,
    strideWidth: info.strideWidth,
    padTop: info.padInfo.top,
    padLeft: info.padInfo.left,
  };
}

function refuse(what: string, got: unknown, expected: unknown): never {
  throw new RtfqError('INVALID_ARGUMENT', `no gradient of a convolution with this ${what}`, {
    got,
    expected,
  });
}

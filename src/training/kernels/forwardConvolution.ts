import * as tf from '@tensorflow/tfjs';
import { type ConvAttributes, convGeometry, type Shape4D } from './convGeometry.ts';
import { convForwardScratchBytes, withGeometry } from './convKernels.ts';
import { wasmKernel } from './wasmKernel.ts';

const kernelNames = ['Conv2D', 'FusedConv2D'] as const;

// With 16 input channels and more every layer of MobileNetV2 and ResNet is faster than by tfjs, 1.1 to 2.1
// times; the first layer, with 3, takes twice as long.
const fewestInChannels = 16;

type ForwardAttributes = ConvAttributes & { readonly activation?: string };

const ours = new WeakSet<tf.KernelFunc>();

/**
 * Puts our convolution in the place of tfjs's wherever it is faster. tfjs's packs a filter once for each tensor,
 * and a quantized filter is a new tensor in every step; nor does it multiply and add in one instruction.
 */
export function replaceForwardConvolutions(): void {
  for (const kernelName of kernelNames) {
    const stock = tf.getKernel(kernelName, 'wasm');
    if (stock === undefined || ours.has(stock.kernelFunc)) continue;
    const { kernelFunc: computeOurs } = forwardKernel(kernelName);
    const kernelFunc: tf.KernelFunc = (call) => {
      if (!isForUs(call.inputs, call.attrs as unknown as ForwardAttributes)) {
        return stock.kernelFunc(call);
      }
      // Without the keys of what is not given.
      const { x, filter } = call.inputs;
      return computeOurs({ ...call, inputs: { x: x!, filter: filter! } });
    };
    ours.add(kernelFunc);
    tf.unregisterKernel(kernelName, 'wasm');
    tf.registerKernel({ ...stock, kernelFunc });
  }
}

function isForUs(inputs: tf.NamedTensorInfoMap, attributes: ForwardAttributes): boolean {
  const { filter, bias, preluActivationWeights } = inputs;
  const { dataFormat = 'NHWC', dilations = 1, activation = 'linear' } = attributes;
  return (
    filter!.shape[2]! >= fewestInChannels &&
    dataFormat === 'NHWC' &&
    [dilations].flat().every((dilation) => dilation === 1) &&
    activation === 'linear' &&
    bias == null &&
    preluActivationWeights == null
  );
}

function forwardKernel(kernelName: string): tf.KernelConfig {
  return wasmKernel<'x' | 'filter', ForwardAttributes>(
    kernelName,
    ({ inputs: { x, filter }, attributes, memory }) => {
      const shape = x.shape as Shape4D;
      const geometry = convGeometry(shape, filter.shape as Shape4D, attributes, false);
      const { batch, outHeight, outWidth, outChannels } = geometry;
      const y = memory.makeFloats([batch, outHeight, outWidth, outChannels]);
      withGeometry(memory, geometry, convForwardScratchBytes(geometry), (at, scratch) => {
        const [from, weights] = [memory.addressOf(x), memory.addressOf(filter)];
        memory.module.convForward(at, from, weights, memory.addressOf(y), scratch);
      });
      return y;
    },
  );
}

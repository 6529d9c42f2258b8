import { RtfqError } from '../../errors.ts';
import type { ConvNode, MaxPoolNode, Padding, PeerTensor } from '../peerGraph.ts';
import { swapAxes } from '../swapAxes.ts';
import type { TensorIndex } from './modelWriter.ts';
import { planPadding } from './padding.ts';
import { activatedRange, fusedActivation, type QuantizedTensors } from './quantizedTensors.ts';
import { fields, optionTables } from './schema.ts';

export function writeConv(tensors: QuantizedTensors, node: ConvNode): void {
  const { writer } = tensors;
  const { name, input, output, clamp, kernel, stride, depthwise, weightSteps } = node;
  const { channels } = output;
  const taps = kernel[0] * kernel[1];
  const weights = writer.tensor({
    ...{ name: `${name}:weights`, type: 'int8' },
    shape: depthwise ? [1, ...kernel, channels] : [channels, ...kernel, input.channels],
    quantization: { steps: weightSteps, dimension: depthwise ? 3 : 0, zeroPoint: 0 },
    data: depthwise ? swapAxes(node.weightsOhwi, 1, channels, taps) : node.weightsOhwi,
  });
  const bias = writer.tensor({
    ...{ name: `${name}:bias`, shape: [channels], type: 'int32', data: node.bias },
    quantization: {
      steps: weightSteps.map((step) => step * input.step),
      ...{ dimension: 0, zeroPoint: 0 },
    },
  });
  const { scheme, before } = planPadding(node);
  const inputs = [padded(tensors, input, before), weights, bias];
  const activation = fusedActivation(clamp, output);
  tensors.writeClamped(node, activatedRange(clamp, output), (result) => {
    if (depthwise) {
      const own = fields.depthwiseConv2dOptions;
      writer.operator('depthwiseConv2d', inputs, result, {
        table: optionTables.depthwiseConv2d,
        fields: [
          [own.padding, { int8: scheme }],
          [own.strideWidth, { int32: stride }],
          [own.strideHeight, { int32: stride }],
          [own.depthMultiplier, { int32: 1 }],
          [own.activation, { int8: activation }],
        ],
      });
      return;
    }
    const own = fields.conv2dOptions;
    writer.operator('conv2d', inputs, result, {
      table: optionTables.conv2d,
      fields: [
        [own.padding, { int8: scheme }],
        [own.strideWidth, { int32: stride }],
        [own.strideHeight, { int32: stride }],
        [own.activation, { int8: activation }],
      ],
    });
  });
}

/** @throws RtfqError `INVALID_ARGUMENT` where padding with zeros is not padding with the least number */
export function writeMaxPool(tensors: QuantizedTensors, node: MaxPoolNode): void {
  const { name, input, output, kernel, stride } = node;
  const { scheme, before } = planPadding(node);
  if (before !== null && input.range.min < 0) {
    throw new RtfqError('INVALID_ARGUMENT', `${name} cannot be exported as tflite`, {
      got: 'the maximum of padded numbers with a sign',
      expected: 'numbers from 0, or the padding that TensorFlow calls SAME',
    });
  }
  const own = fields.pool2dOptions;
  tensors.writer.operator('maxPool2d', [padded(tensors, input, before)], tensors.of(output), {
    table: optionTables.pool2d,
    fields: [
      [own.padding, { int8: scheme }],
      [own.strideWidth, { int32: stride }],
      [own.strideHeight, { int32: stride }],
      [own.filterWidth, { int32: kernel[1] }],
      [own.filterHeight, { int32: kernel[0] }],
    ],
  });
}

/** A tensor with zeros around it. */
function padded(
  tensors: QuantizedTensors,
  tensor: PeerTensor,
  padding: Padding | null,
): TensorIndex {
  if (padding === null) return tensors.of(tensor);
  const [top, left, bottom, right] = padding;
  const name = `${tensor.name}:padded ${padding}`;
  const shape = [1, top + tensor.height + bottom, left + tensor.width + right, tensor.channels];
  const amounts = tensors.writer.tensor({
    ...{ name: `${name}:amounts`, shape: [4, 2], type: 'int32' },
    data: Int32Array.of(0, 0, top, bottom, left, right, 0, 0),
  });
  const result = tensors.another(tensor, name, shape);
  tensors.writer.operator('pad', [tensors.of(tensor), amounts], result);
  return result;
}

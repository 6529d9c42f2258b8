import { TensorProto_DataType } from 'onnx-buf';
import {
  type AddNode,
  type AveragePoolNode,
  type BorderNode,
  type Classifier,
  type ConvNode,
  logitsTensorName,
  type MaxPoolNode,
  type RescaleNode,
} from '../peerGraph.ts';
import { swapAxes } from '../swapAxes.ts';
import type { GraphWriter } from './graphWriter.ts';
import { dequantize, quantizationOf, quantize, writeClamped } from './quantizedValues.ts';

/** Axes of a tensor: a batch of one, channels, rows, columns. */
const [rowAxis, columnAxis] = [2, 3];

export function writeConv(writer: GraphWriter, node: ConvNode): void {
  const { name, input, output, kernel, stride, padding, depthwise } = node;
  const { channels } = output;
  const depth = depthwise ? 1 : input.channels;
  const weightsOihw = swapAxes(node.weightsOhwi, channels, kernel[0] * kernel[1], depth);
  const inputs = [
    ...[input.name, ...quantizationOf(writer, input)],
    writer.constant(`${name}:weights`, weightsOihw, [channels, depth, ...kernel]),
    writer.constant(`${name}:steps`, node.weightSteps, [channels]),
    writer.constant(`${name}:zeros`, new Int8Array(channels), [channels]),
    ...quantizationOf(writer, output),
    writer.constant(`${name}:bias`, node.bias, [channels]),
  ];
  const group = depthwise ? channels : 1;
  const attributes = { kernel_shape: kernel, strides: [stride, stride], pads: padding, group };
  writeClamped(writer, node, (result) => writer.node('QLinearConv', inputs, result, attributes));
}

export function writeAdd(writer: GraphWriter, node: AddNode): void {
  const { name, input, residual, output } = node;
  const terms = [
    dequantize(writer, input, `${name}:addend`),
    dequantize(writer, residual, `${name}:residual`),
  ];
  writer.node('Add', terms, `${name}:sum`);
  writeClamped(writer, node, (result) => quantize(writer, `${name}:sum`, output, result));
}

export function writeAveragePool(writer: GraphWriter, node: AveragePoolNode): void {
  const { name, input, output } = node;
  writer.node('GlobalAveragePool', [dequantize(writer, input, `${name}:values`)], `${name}:mean`);
  writeClamped(writer, node, (result) => quantize(writer, `${name}:mean`, output, result));
}

export function writeRescale(writer: GraphWriter, node: RescaleNode): void {
  const values = dequantize(writer, node.input, `${node.name}:values`);
  writeClamped(writer, node, (result) => quantize(writer, values, node.output, result));
}

export function writeMaxPool(writer: GraphWriter, node: MaxPoolNode): void {
  const { input, output, kernel, stride, padding } = node;
  const attributes = { kernel_shape: kernel, strides: [stride, stride], pads: padding };
  writer.node('MaxPool', [input.name], output.name, attributes);
}

/** Columns at both sides, then rows above and below, as long as those make them. */
export function writeBorder(writer: GraphWriter, node: BorderNode): void {
  const { name, input, output, padding, values } = node;
  const [top, left, bottom, right] = padding;
  const strip = (part: string, height: number, width: number) => {
    const area = height * width;
    if (area === 0) return [];
    const bytes = new Uint8Array(values.length * area);
    values.forEach((value, c) => {
      bytes.fill(value - input.range.min, c * area, (c + 1) * area);
    });
    return [writer.constant(`${name}:${part}`, bytes, [1, values.length, height, width])];
  };
  const columns = [
    ...strip('left', input.height, left),
    input.name,
    ...strip('right', input.height, right),
  ];
  writer.node('Concat', columns, `${name}:columns`, { axis: columnAxis });
  const rows = [
    ...strip('top', top, output.width),
    `${name}:columns`,
    ...strip('bottom', bottom, output.width),
  ];
  writer.node('Concat', rows, output.name, { axis: rowAxis });
}

export function writeClassifier(writer: GraphWriter, node: Classifier): void {
  const { name, input, weights, multiplier, bias } = node;
  const classes = bias.length;
  const [features, sums] = [`${name}:features`, `${name}:sums`];
  const [, zeroPoint] = quantizationOf(writer, input);
  const transposed = swapAxes(weights, 1, classes, input.channels);
  const matrix = writer.constant(`${name}:weights`, transposed, [input.channels, classes]);
  writer.node('Flatten', [input.name], features);
  writer.node('MatMulInteger', [features, matrix, zeroPoint], sums);
  writer.node('Cast', [sums], `${name}:floats`, { to: TensorProto_DataType.FLOAT });
  const factors = writer.constant(`${name}:multiplier`, multiplier, [classes]);
  writer.node('Mul', [`${name}:floats`, factors], `${name}:products`);
  const offsets = writer.constant(`${name}:bias`, bias, [classes]);
  writer.node('Add', [`${name}:products`, offsets], logitsTensorName);
}

import { TensorProto_DataType } from 'onnx-buf';
import { type Attributes, boundary, GraphWriter } from '../../src/export/onnx/graphWriter.ts';
import { imageTensorName, logitsTensorName } from '../../src/export/peerGraph.ts';
import { swapAxes } from '../../src/export/swapAxes.ts';
import type { FloatGraph, FloatLayer } from './floatGraph.ts';

/** As ONNX in f32; the image is bytes, channels first, as in the integer export. */
export function encodeFloatOnnx({ image, zeroPoint, layers }: FloatGraph): Uint8Array {
  const writer = new GraphWriter();
  const zero = writer.constant('image:zero', Float32Array.from(zeroPoint), [3, 1, 1]);
  writer.node('Cast', [imageTensorName], 'image:floats', { to: TensorProto_DataType.FLOAT });
  writer.node('Sub', ['image:floats', zero], 'image:centred');
  for (const layer of layers) writeLayer(writer, layer);
  const { name, channels } = layers.at(-1)!.output;
  writer.node('Flatten', [name], logitsTensorName);
  return writer.finish(
    'f32',
    boundary(imageTensorName, 'bytes', [1, 3, image.height, image.width]),
    boundary(logitsTensorName, 'floats', [1, channels]),
  );
}

function writeLayer(writer: GraphWriter, layer: FloatLayer): void {
  const { op, input, output, kernel, stride, padding } = layer;
  const { name } = output;
  const from = input.name === imageTensorName ? 'image:centred' : input.name;
  const window: Attributes = { kernel_shape: kernel, strides: [stride, stride], pads: padding };
  if (op === 'averagePool') writer.node('GlobalAveragePool', [from], name);
  else if (op === 'maxPool') writer.node('MaxPool', [from], name, window);
  else writeConv(writer, layer, from, window);
}

/** A convolution, what is added to it and its activation; the last has the layer's name. */
function writeConv(writer: GraphWriter, layer: FloatLayer, from: string, window: Attributes): void {
  const { op, input, output, residual, activation, kernel } = layer;
  const { name, channels } = output;
  const depth = op === 'depthwise' ? 1 : input.channels;
  const oihw = swapAxes(layer.weightsOhwi, channels, kernel[0] * kernel[1], depth);
  const weights = writer.constant(`${name}:weights`, oihw, [channels, depth, ...kernel]);
  const bias = writer.constant(`${name}:bias`, layer.bias, [channels]);
  const group = op === 'depthwise' ? channels : 1;
  const stages: ((result: string, from: string) => void)[] = [
    (result) => writer.node('Conv', [from, weights, bias], result, { ...window, group }),
  ];
  if (residual !== null) {
    stages.push((result, sum) => writer.node('Add', [sum, residual.name], result));
  }
  if (activation === 'relu') stages.push((result, sum) => writer.node('Relu', [sum], result));
  if (activation === 'relu6') {
    const bounds = [0, 6].map((bound) =>
      writer.constant(`bound:${bound}`, Float32Array.of(bound), []),
    );
    stages.push((result, sum) => writer.node('Clip', [sum, ...bounds], result));
  }
  stages.forEach((write, i) => {
    const isLast = i === stages.length - 1;
    write(isLast ? name : `${name}:${i}`, `${name}:${i - 1}`);
  });
}

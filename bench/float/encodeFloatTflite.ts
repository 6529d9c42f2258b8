import { imageTensorName, logitsTensorName } from '../../src/export/peerGraph.ts';
import { swapAxes } from '../../src/export/swapAxes.ts';
import { ModelWriter, type TensorIndex } from '../../src/export/tflite/modelWriter.ts';
import { planPadding } from '../../src/export/tflite/padding.ts';
import { activations, fields, optionTables } from '../../src/export/tflite/schema.ts';
import type { FloatGraph, FloatLayer, FloatTensor } from './floatGraph.ts';

/** As .tflite in f32; the image is bytes, channels last, as in the integer export. */
export function encodeFloatTflite(graph: FloatGraph): Uint8Array {
  const encoder = new FloatEncoder(graph);
  return encoder.encode();
}

class FloatEncoder {
  readonly #graph: FloatGraph;
  readonly #writer = new ModelWriter();
  readonly #tensors = new Map<string, TensorIndex>();

  constructor(graph: FloatGraph) {
    this.#graph = graph;
  }

  encode(): Uint8Array {
    const { image, zeroPoint, layers } = this.#graph;
    const bytes = this.#writer.tensor({
      ...{ name: imageTensorName, shape: shapeOf(image), type: 'uint8' },
      quantization: { steps: [1], dimension: 0, zeroPoint: 0 },
    });
    const floats = this.#floats('image:floats', shapeOf(image));
    this.#writer.operator('dequantize', [bytes], floats);
    const centred = this.#floats('image:centred', shapeOf(image));
    const offsets = Float32Array.from(zeroPoint, (value) => -value);
    this.#add([floats, this.#constant('image:zero', offsets, [3])], centred, activations.none);
    this.#tensors.set(image.name, centred);
    for (const layer of layers) this.#layer(layer);
    return this.#writer.finish('f32', bytes, this.#tensors.get(layers.at(-1)!.output.name)!);
  }

  #layer(layer: FloatLayer): void {
    const { op, output, residual } = layer;
    const isLast = layer === this.#graph.layers.at(-1);
    const name = isLast ? logitsTensorName : output.name;
    const result = this.#floats(name, isLast ? [1, output.channels] : shapeOf(output));
    this.#tensors.set(output.name, result);
    const activation = activations[layer.activation];
    if (op === 'averagePool') this.#averagePool(layer, result);
    else if (op === 'maxPool') this.#maxPool(layer, result);
    else if (residual === null) this.#multiply(layer, result, activation);
    else this.#multiplyAndAdd(layer, residual, result, activation);
  }

  #multiplyAndAdd(
    layer: FloatLayer,
    residual: FloatTensor,
    result: TensorIndex,
    activation: number,
  ): void {
    const { output } = layer;
    const sum = this.#floats(`${output.name}:sum`, shapeOf(output));
    this.#multiply(layer, sum, activations.none);
    this.#add([sum, this.#tensors.get(residual.name)!], result, activation);
  }

  #multiply(layer: FloatLayer, result: TensorIndex, activation: number): void {
    const { op, kernel, stride, weightsOhwi, bias, input, output } = layer;
    const { channels, name } = output;
    const offsets = this.#constant(`${name}:bias`, bias, [channels]);
    const weights = (values: Float32Array, shape: readonly number[]) =>
      this.#constant(`${name}:weights`, values, shape);
    if (op === 'fullyConnected') {
      const matrix = weights(weightsOhwi, [channels, input.channels]);
      const inputs = [this.#tensors.get(input.name)!, matrix, offsets];
      const options = { table: optionTables.fullyConnected, fields: [] };
      this.#writer.operator('fullyConnected', inputs, result, options);
      return;
    }
    const { scheme, padded } = this.#padded(layer);
    if (op === 'depthwise') {
      const taps = kernel[0] * kernel[1];
      const hwo = weights(swapAxes(weightsOhwi, 1, channels, taps), [1, ...kernel, channels]);
      const own = fields.depthwiseConv2dOptions;
      this.#writer.operator('depthwiseConv2d', [padded, hwo, offsets], result, {
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
    const ohwi = weights(weightsOhwi, [channels, ...kernel, input.channels]);
    const own = fields.conv2dOptions;
    this.#writer.operator('conv2d', [padded, ohwi, offsets], result, {
      table: optionTables.conv2d,
      fields: [
        [own.padding, { int8: scheme }],
        [own.strideWidth, { int32: stride }],
        [own.strideHeight, { int32: stride }],
        [own.activation, { int8: activation }],
      ],
    });
  }

  #maxPool(layer: FloatLayer, result: TensorIndex): void {
    const { scheme, padded } = this.#padded(layer);
    const own = fields.pool2dOptions;
    this.#writer.operator('maxPool2d', [padded], result, {
      table: optionTables.pool2d,
      fields: [
        [own.padding, { int8: scheme }],
        [own.strideWidth, { int32: layer.stride }],
        [own.strideHeight, { int32: layer.stride }],
        [own.filterWidth, { int32: layer.kernel[1] }],
        [own.filterHeight, { int32: layer.kernel[0] }],
      ],
    });
  }

  #averagePool({ input, output }: FloatLayer, result: TensorIndex): void {
    const axes = this.#writer.tensor({
      ...{ name: `${output.name}:axes`, shape: [2], type: 'int32', data: Int32Array.of(1, 2) },
    });
    this.#writer.operator('mean', [this.#tensors.get(input.name)!, axes], result, {
      table: optionTables.reducer,
      fields: [[fields.reducerOptions.keepDims, { int8: 1 }]],
    });
  }

  /** Zeros around what a layer reads, where its operator has no such padding; what is read there is positive. */
  #padded(layer: FloatLayer) {
    const { scheme, before } = planPadding(layer);
    const { name, height, width, channels } = layer.input;
    const tensor = this.#tensors.get(name)!;
    if (before === null) return { scheme, padded: tensor };
    const [top, left, bottom, right] = before;
    const key = `${layer.output.name}:padded`;
    const shape = [1, top + height + bottom, left + width + right, channels];
    const padded = this.#floats(key, shape);
    const amounts = this.#writer.tensor({
      ...{ name: `${key}:amounts`, shape: [4, 2], type: 'int32' },
      data: Int32Array.of(0, 0, top, bottom, left, right, 0, 0),
    });
    this.#writer.operator('pad', [tensor, amounts], padded);
    return { scheme, padded };
  }

  #add(inputs: readonly TensorIndex[], result: TensorIndex, activation: number): void {
    this.#writer.operator('add', inputs, result, {
      table: optionTables.add,
      fields: [[fields.addOptions.activation, { int8: activation }]],
    });
  }

  #floats(name: string, shape: readonly number[]): TensorIndex {
    return this.#writer.tensor({ name, shape, type: 'float32' });
  }

  #constant(name: string, data: Float32Array, shape: readonly number[]): TensorIndex {
    return this.#writer.tensor({ name, shape, type: 'float32', data });
  }
}

function shapeOf({ height, width, channels }: FloatTensor): readonly number[] {
  return [1, height, width, channels];
}

import type { IntegerRange } from '../../quant/bits.ts';
import {
  type AddNode,
  type AveragePoolNode,
  type BorderNode,
  type Classifier,
  logitsTensorName,
  type PeerTensor,
  type RescaleNode,
} from '../peerGraph.ts';
import type { TensorIndex } from './modelWriter.ts';
import {
  activatedRange,
  fusedActivation,
  type QuantizedTensors,
  quantizationOf,
  saturatedRange,
  shapeOf,
  zeroPointOf,
} from './quantizedTensors.ts';
import { fields, optionTables } from './schema.ts';

/** Axes of a tensor: a batch of one, rows, columns, channels. */
const [rowAxis, columnAxis] = [1, 2];

export function writeAdd(tensors: QuantizedTensors, node: AddNode): void {
  const { input, residual, output, clamp } = node;
  const inputs = [tensors.of(input), tensors.of(residual)];
  const activation = fusedActivation(clamp, output);
  tensors.writeClamped(node, activatedRange(clamp, output), (result) =>
    tensors.writer.operator('add', inputs, result, {
      table: optionTables.add,
      fields: [[fields.addOptions.activation, { int8: activation }]],
    }),
  );
}

export function writeAveragePool(tensors: QuantizedTensors, node: AveragePoolNode): void {
  const { writer } = tensors;
  const axes = writer.tensor({
    ...{ name: `${node.name}:axes`, shape: [2], type: 'int32' },
    data: Int32Array.of(rowAxis, columnAxis),
  });
  tensors.writeClamped(node, reachedBetween(node), (result) =>
    writer.operator('mean', [tensors.of(node.input), axes], result, {
      table: optionTables.reducer,
      fields: [[fields.reducerOptions.keepDims, { int8: 1 }]],
    }),
  );
}

export function writeRescale(tensors: QuantizedTensors, node: RescaleNode): void {
  tensors.writeClamped(node, reachedBetween(node), (result) =>
    tensors.writer.operator('quantize', [tensors.of(node.input)], result),
  );
}

/** Columns at both sides, then rows above and below, as long as those make them. */
export function writeBorder(tensors: QuantizedTensors, node: BorderNode): void {
  const { writer } = tensors;
  const { name, input, output, padding, values } = node;
  const [top, left, bottom, right] = padding;
  const strip = (part: string, height: number, width: number) => {
    const area = height * width;
    if (area === 0) return [];
    const pixel = values.map((value) => value + zeroPointOf(input));
    return writer.tensor({
      ...{ name: `${name}:${part}`, shape: [1, height, width, values.length], type: 'int8' },
      quantization: quantizationOf(input),
      data: Int8Array.from({ length: area * pixel.length }, (_, i) => pixel[i % pixel.length]!),
    });
  };
  const concatenate = (parts: readonly TensorIndex[], result: TensorIndex, axis: number) =>
    writer.operator('concatenation', parts, result, {
      table: optionTables.concatenation,
      fields: [[fields.concatenationOptions.axis, { int32: axis }]],
    });
  const columns = tensors.another(input, `${name}:columns`, [
    ...[1, input.height, output.width, input.channels],
  ]);
  const sides = [strip('left', input.height, left), strip('right', input.height, right)] as const;
  concatenate([sides[0], tensors.of(input), sides[1]].flat(), columns, columnAxis);
  const ends = [strip('top', top, output.width), strip('bottom', bottom, output.width)] as const;
  concatenate([ends[0], columns, ends[1]].flat(), tensors.of(output), rowAxis);
}

/** @returns the logits */
export function writeClassifier(tensors: QuantizedTensors, node: Classifier): TensorIndex {
  const { writer } = tensors;
  const { name, input, weights, multiplier, bias } = node;
  const classes = bias.length;
  const features = writer.tensor({
    ...{ name: `${name}:features`, shape: shapeOf(input), type: 'float32' },
  });
  const matrix = writer.tensor({
    ...{ name: `${name}:weights`, shape: [classes, input.channels], type: 'float32' },
    data: Float32Array.from(
      weights,
      (weight, i) => (weight * multiplier[Math.floor(i / input.channels)]!) / input.step,
    ),
  });
  const offsets = writer.tensor({
    ...{ name: `${name}:bias`, shape: [classes], type: 'float32', data: bias },
  });
  const logits = writer.tensor({ name: logitsTensorName, shape: [1, classes], type: 'float32' });
  writer.operator('dequantize', [tensors.of(input)], features);
  writer.operator('fullyConnected', [features, matrix, offsets], logits, {
    table: optionTables.fullyConnected,
    fields: [],
  });
  return logits;
}

/** q that a node without an activation function comes to: from the ends of what it reads. */
function reachedBetween({
  input,
  output,
}: {
  readonly input: PeerTensor;
  readonly output: PeerTensor;
}): IntegerRange {
  const ratio = input.step / output.step;
  const saturated = saturatedRange(output);
  return {
    min: Math.max(saturated.min, Math.round(input.range.min * ratio)),
    max: Math.min(saturated.max, Math.round(input.range.max * ratio)),
  };
}

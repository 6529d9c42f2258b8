import { imageTensorName, type PeerGraph, type PeerNode } from '../peerGraph.ts';
import { ModelWriter } from './modelWriter.ts';
import { writeAdd, writeAveragePool, writeBorder, writeClassifier, writeRescale } from './nodes.ts';
import { QuantizedTensors, shapeOf } from './quantizedTensors.ts';
import { writeConv, writeMaxPool } from './windowNodes.ts';

/**
 * A graph as .tflite; tensors are channels last. Activations are int8; the image comes as uint8, which a
 * first QUANTIZE shifts.
 *   - Clamps are fused activation functions, whose bounds a runtime computes from the output's step, or
 *     saturation. The least number of few bits with a sign, which neither gives, takes a MAXIMUM.
 *   - The classifier is float behind a DEQUANTIZE, as an integer one would round its logits to a step that
 *     nobody has measured. Its products and sums are those of our integers but for f32's rounding.
 * @throws RtfqError `INVALID_ARGUMENT` where the format has no operator for a layer
 */
export function encodeTflite({ description, image, nodes, classifier }: PeerGraph): Uint8Array {
  const writer = new ModelWriter();
  const tensors = new QuantizedTensors(writer);
  const input = writer.tensor({
    ...{ name: imageTensorName, shape: shapeOf(image), type: 'uint8' },
    quantization: { steps: [image.step], dimension: 0, zeroPoint: -image.range.min },
  });
  const signedImage = tensors.another(image, `${imageTensorName}:int8`);
  writer.operator('quantize', [input], signedImage);
  tensors.define(image, signedImage);
  for (const node of nodes) writeNode(tensors, node);
  const logits = writeClassifier(tensors, classifier);
  return writer.finish(description, input, logits);
}

function writeNode(tensors: QuantizedTensors, node: PeerNode): void {
  switch (node.kind) {
    case 'border':
      writeBorder(tensors, node);
      break;
    case 'conv':
      writeConv(tensors, node);
      break;
    case 'add':
      writeAdd(tensors, node);
      break;
    case 'rescale':
      writeRescale(tensors, node);
      break;
    case 'averagePool':
      writeAveragePool(tensors, node);
      break;
    case 'maxPool':
      writeMaxPool(tensors, node);
      break;
    default:
      node satisfies never;
  }
}

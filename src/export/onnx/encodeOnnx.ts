import { imageTensorName, logitsTensorName, type PeerGraph, type PeerNode } from '../peerGraph.ts';
import { boundary, GraphWriter } from './graphWriter.ts';
import {
  writeAdd,
  writeAveragePool,
  writeBorder,
  writeClassifier,
  writeConv,
  writeMaxPool,
  writeRescale,
} from './nodes.ts';

/**
 * A graph as ONNX, of standard operators only; tensors are channels first. Activations are uint8.
 *   - Convolutions are QLinearConv: integers, whatever a runtime's optimiser does. Saturating at both ends
 *     of a byte is the clamp of 8 bits and of most ReLUs; elsewhere a Clip of bytes follows.
 *   - Additions, means and rescaling have no such operator and lie between DequantizeLinear and
 *     QuantizeLinear. onnxruntime makes integer kernels of them.
 *   - The classifier is MatMulInteger with our own epilogue behind it, so that the logits are f32 and those
 *     that we make of the same features.
 */
export function encodeOnnx({ description, image, nodes, classifier }: PeerGraph): Uint8Array {
  const writer = new GraphWriter();
  for (const node of nodes) writeNode(writer, node);
  writeClassifier(writer, classifier);
  return writer.finish(
    description,
    boundary(imageTensorName, 'bytes', [1, image.channels, image.height, image.width]),
    boundary(logitsTensorName, 'floats', [1, classifier.bias.length]),
  );
}

function writeNode(writer: GraphWriter, node: PeerNode): void {
  switch (node.kind) {
    case 'border':
      writeBorder(writer, node);
      break;
    case 'conv':
      writeConv(writer, node);
      break;
    case 'add':
      writeAdd(writer, node);
      break;
    case 'rescale':
      writeRescale(writer, node);
      break;
    case 'averagePool':
      writeAveragePool(writer, node);
      break;
    case 'maxPool':
      writeMaxPool(writer, node);
      break;
    default:
      node satisfies never;
  }
}

import type { IntegerRange } from '../../quant/bits.ts';
import type { PeerTensor } from '../peerGraph.ts';
import type { GraphWriter } from './graphWriter.ts';

/** Names of a tensor's step and zero point: the least number of its range is stored as 0. */
export function quantizationOf(
  writer: GraphWriter,
  { name, step, range }: PeerTensor,
): readonly [step: string, zeroPoint: string] {
  return [
    writer.constant(`${name}:step`, Float32Array.of(step), []),
    writer.constant(`${name}:zero`, Uint8Array.of(-range.min), []),
  ];
}

/** @returns name of the f32 values */
export function dequantize(writer: GraphWriter, tensor: PeerTensor, name: string): string {
  writer.node('DequantizeLinear', [tensor.name, ...quantizationOf(writer, tensor)], name);
  return name;
}

/** Rounds ties to even, as our own rule does. */
export function quantize(
  writer: GraphWriter,
  floats: string,
  tensor: PeerTensor,
  result: string,
): void {
  writer.node('QuantizeLinear', [floats, ...quantizationOf(writer, tensor)], result);
}

/**
 * A node that writes a tensor, and a Clip behind it where saturating at 0 and 255 is not the clamp.
 * @param write the node, which is told how to call its result
 */
export function writeClamped(
  writer: GraphWriter,
  { output, clamp }: { readonly output: PeerTensor; readonly clamp: IntegerRange },
  write: (result: string) => void,
): void {
  const [least, largest] = [clamp.min - output.range.min, clamp.max - output.range.min];
  if (least === 0 && largest === 255) {
    write(output.name);
    return;
  }
  const rounded = `${output.name}:rounded`;
  write(rounded);
  const bounds = [
    writer.constant(`${output.name}:clipMin`, Uint8Array.of(least), []),
    writer.constant(`${output.name}:clipMax`, Uint8Array.of(largest), []),
  ];
  writer.node('Clip', [rounded, ...bounds], output.name);
}

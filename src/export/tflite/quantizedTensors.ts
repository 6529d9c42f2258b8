import type { IntegerRange } from '../../quant/bits.ts';
import type { PeerTensor } from '../peerGraph.ts';
import type { ModelWriter, TensorIndex } from './modelWriter.ts';
import { activations } from './schema.ts';

/** The tensors of a graph in the file: int8, the largest number of a tensor's range stored as 127. */
export class QuantizedTensors {
  readonly writer: ModelWriter;
  readonly #indices = new Map<PeerTensor, TensorIndex>();

  constructor(writer: ModelWriter) {
    this.writer = writer;
  }

  /** The tensor's index; the tensor is made when it is first asked for. */
  of(tensor: PeerTensor): TensorIndex {
    const known = this.#indices.get(tensor);
    if (known !== undefined) return known;
    return this.define(tensor, this.another(tensor, tensor.name));
  }

  /** Says which tensor of the file a tensor of the graph is. */
  define(tensor: PeerTensor, index: TensorIndex): TensorIndex {
    this.#indices.set(tensor, index);
    return index;
  }

  /** One of the same shape and quantization, for what comes before a tensor. */
  another(tensor: PeerTensor, name: string, shape = shapeOf(tensor)): TensorIndex {
    return this.writer.tensor({ name, shape, type: 'int8', quantization: quantizationOf(tensor) });
  }

  /**
   * A node that writes a tensor, and a MAXIMUM and a MINIMUM behind it where saturation, its fused
   * activation function and the range of what it reads leave a bound to see to.
   * @param reached q that the node can come to without a clamp, where that is known
   * @param write the node, which is told where to
   */
  writeClamped(
    { output, clamp }: { readonly output: PeerTensor; readonly clamp: IntegerRange },
    reached: IntegerRange,
    write: (result: TensorIndex) => void,
  ): void {
    const bounds = [
      { operator: 'maximum', q: clamp.min, isNeeded: reached.min < clamp.min },
      { operator: 'minimum', q: clamp.max, isNeeded: reached.max > clamp.max },
    ] as const;
    const needed = bounds.filter(({ isNeeded }) => isNeeded);
    const results = needed.map(({ operator }) =>
      this.another(output, `${output.name}:before ${operator}`),
    );
    results.push(this.of(output));
    write(results[0]!);
    needed.forEach(({ operator, q }, i) => {
      const bound = this.writer.tensor({
        ...{ name: `${output.name}:${operator}`, shape: [1], type: 'int8' },
        quantization: quantizationOf(output),
        data: Int8Array.of(q + zeroPointOf(output)),
      });
      this.writer.operator(operator, [results[i]!, bound], results[i + 1]!);
    });
  }
}

/** NHWC */
export function shapeOf({ height, width, channels }: PeerTensor): readonly number[] {
  return [1, height, width, channels];
}

export function zeroPointOf({ range }: PeerTensor): number {
  return 127 - range.max;
}

export function quantizationOf(tensor: PeerTensor) {
  return { steps: [tensor.step], dimension: 0, zeroPoint: zeroPointOf(tensor) };
}

/** All q that a tensor's bytes can hold. */
export function saturatedRange(tensor: PeerTensor): IntegerRange {
  return { min: -128 - zeroPointOf(tensor), max: tensor.range.max };
}

/** The activation function that leads to a clamp. */
export function fusedActivation(clamp: IntegerRange, output: PeerTensor): number {
  if (clamp.max < output.range.max) return activations.relu6;
  return clamp.min === 0 ? activations.relu : activations.none;
}

/** q that remain after `fusedActivation`. */
export function activatedRange(clamp: IntegerRange, output: PeerTensor): IntegerRange {
  const { min } = saturatedRange(output);
  return fusedActivation(clamp, output) === activations.none
    ? { min, max: output.range.max }
    : { min: Math.max(min, 0), max: clamp.max };
}

import type { IntegerRange } from '../quant/bits.ts';

/**
 * One subnet in the arithmetic that other runtimes share, before it is put into one of their formats:
 * tensors of bytes with one step each, nodes that read and write them, float logits at the end.
 */
export interface PeerGraph {
  /** What the file says of itself, in words. */
  readonly description: string;
  /** RGB at the subnet's resolution. */
  readonly image: PeerTensor;
  /** In an order in which they can run. */
  readonly nodes: readonly PeerNode[];
  readonly classifier: Classifier;
}

/**
 * Stands for `step * q`, q a whole number of `range`, which has at most 256 of them. A format stores q plus
 * a zero point of its choice.
 */
export interface PeerTensor {
  readonly name: string;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly step: number;
  readonly range: IntegerRange;
}

interface NodeBase {
  readonly name: string;
  readonly input: PeerTensor;
}

/** A node whose rounded result is clamped, in the output's q: an activation function and the bits in one. */
interface QuantizingNode extends NodeBase {
  readonly output: PeerTensor;
  readonly clamp: IntegerRange;
}

export type PeerNode =
  | BorderNode
  | ConvNode
  | AddNode
  | RescaleNode
  | AveragePoolNode
  | MaxPoolNode;

/** Rows and columns around the image, with a value per channel: zero where channels have different zeros. */
export interface BorderNode extends NodeBase {
  readonly kind: 'border';
  readonly output: PeerTensor;
  readonly padding: Padding;
  /** q, per channel. */
  readonly values: readonly number[];
}

/** top, left, bottom, right */
export type Padding = readonly [number, number, number, number];

/** q = clamp(round(step of weights * step of input / step of output * (sum of products + bias))) */
export interface ConvNode extends QuantizingNode {
  readonly kind: 'conv';
  readonly depthwise: boolean;
  readonly kernel: readonly [number, number];
  readonly stride: number;
  readonly padding: Padding;
  /** [out][kernel position][in]; without the last for depthwise. */
  readonly weightsOhwi: Int8Array;
  /** Per output channel. */
  readonly weightSteps: Float32Array;
  /** Per output channel, in units of a weight's step times the input's. */
  readonly bias: Int32Array;
}

export interface AddNode extends QuantizingNode {
  readonly kind: 'add';
  readonly residual: PeerTensor;
}

/** The same numbers with another step. */
export interface RescaleNode extends QuantizingNode {
  readonly kind: 'rescale';
}

/** The mean of all positions. */
export interface AveragePoolNode extends QuantizingNode {
  readonly kind: 'averagePool';
}

/** Input and output have one step and one range. */
export interface MaxPoolNode extends NodeBase {
  readonly kind: 'maxPool';
  readonly output: PeerTensor;
  readonly kernel: readonly [number, number];
  readonly stride: number;
  readonly padding: Padding;
}

/** logits = multiplier * (sum of weight * q) + bias, in f32. */
export interface Classifier extends NodeBase {
  /** [class][feature] */
  readonly weights: Int8Array;
  readonly multiplier: Float32Array;
  readonly bias: Float32Array;
}

/** Names that both formats give what goes in and what comes out. */
export const imageTensorName = 'image';
export const logitsTensorName = 'logits';

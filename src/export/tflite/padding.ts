import type { Padding, PeerTensor } from '../peerGraph.ts';
import { paddings } from './schema.ts';

interface Window {
  readonly input: Pick<PeerTensor, 'height' | 'width'>;
  readonly output: Pick<PeerTensor, 'height' | 'width'>;
  readonly kernel: readonly [number, number];
  readonly stride: number;
  readonly padding: Padding;
}

export interface PaddingPlan {
  /** The operator's own padding. */
  readonly scheme: (typeof paddings)[keyof typeof paddings];
  /** What an operator before it has to add; null where nothing. */
  readonly before: Padding | null;
}

/** Our padding in TensorFlow's terms, which has two schemes; any other takes an operator of its own. */
export function planPadding({ input, output, kernel, stride, padding }: Window): PaddingPlan {
  const [top, left] = padding;
  const rows = reach(input.height, output.height, kernel[0], stride);
  const columns = reach(input.width, output.width, kernel[1], stride);
  if (top === 0 && left === 0 && rows <= 0 && columns <= 0) {
    return { scheme: paddings.valid, before: null };
  }
  const isSame =
    output.height === Math.ceil(input.height / stride) &&
    output.width === Math.ceil(input.width / stride) &&
    top === Math.floor(Math.max(0, rows) / 2) &&
    left === Math.floor(Math.max(0, columns) / 2);
  if (isSame) return { scheme: paddings.same, before: null };
  const before = [top, left, Math.max(0, rows - top), Math.max(0, columns - left)] as const;
  return { scheme: paddings.valid, before };
}

/** Positions that the windows cover beyond the input, at both of its sides together. */
function reach(input: number, output: number, kernel: number, stride: number): number {
  return (output - 1) * stride + kernel - input;
}

import { denseTileRows } from '../../kernels/division.ts';
import type { Plan, TensorId } from '../../network/plan.ts';

const channelBlock = 8;
const imageChannels = 4;

/** Channels rounded up to what the kernels work on at a time. */
export function padChannels(channels: number): number {
  return Math.ceil(channels / channelBlock) * channelBlock;
}

/** Values from one pixel of a tensor to the next in linear memory: RGBX for the image. */
export function pixelStride(plan: Plan, id: TensorId): number {
  return id === plan.image ? imageChannels : padChannels(plan.tensors[id]!.channels);
}

/** Bytes of a tensor in linear memory: integers take one each, floats four. */
export function tensorBytes(plan: Plan, id: TensorId): number {
  const { height, width, values } = plan.tensors[id]!;
  return height * width * pixelStride(plan, id) * (values.kind === 'float' ? 4 : 1);
}

/** Bytes that a tensor has to itself: its own, and of integers what the dense kernels may read past their end. */
export function roomBytes(plan: Plan, id: TensorId): number {
  const isRead = plan.tensors[id]!.values.kind === 'integer';
  return tensorBytes(plan, id) + (isRead ? (denseTileRows - 1) * pixelStride(plan, id) : 0);
}

/** What is added to an integer so that it is stored as an unsigned byte. The image has one per channel. */
export function zeroPoint(plan: Plan, id: TensorId): number {
  const { values } = plan.tensors[id]!;
  return values.kind === 'integer' ? -values.range.min : 0;
}

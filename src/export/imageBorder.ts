import type { Plan } from '../network/plan.ts';
import type { BorderNode, Padding, PeerTensor } from './peerGraph.ts';

/** How far each channel's zero is from the first one's, which is the image tensor's. */
export function zeroOffsets({ imageZeroPoint }: Plan): readonly number[] {
  return imageZeroPoint.map((zero) => zero - imageZeroPoint[0]);
}

/**
 * The padding of a layer that reads an image whose channels have different zeros, which no operator's own
 * padding has; null where they have one. Inside, `borderCorrection` makes up for the difference.
 */
export function borderOf(plan: Plan, image: PeerTensor, padding: Padding): BorderNode | null {
  const values = zeroOffsets(plan);
  if (values.every((value) => value === 0)) return null;
  const [top, left, bottom, right] = padding;
  const name = `${image.name}:border`;
  const height = top + image.height + bottom;
  const width = left + image.width + right;
  const output = { ...image, name, height, width };
  return { kind: 'border', name, input: image, output, padding, values };
}

/**
 * What to add to each output channel's sum of products that was made with the first channel's zero.
 * @param weightsOhwi of 3 input channels
 */
export function borderCorrection(
  weightsOhwi: Int8Array,
  outChannels: number,
  offsets: readonly number[],
): Int32Array {
  const terms = weightsOhwi.length / outChannels;
  const correction = new Int32Array(outChannels);
  weightsOhwi.forEach((weight, i) => {
    correction[Math.floor(i / terms)]! -= weight * offsets[i % offsets.length]!;
  });
  return correction;
}

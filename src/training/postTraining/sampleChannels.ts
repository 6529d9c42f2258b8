/**
 * About `count` values of a tensor, evenly spaced; all channels are among them. Without a divisor in
 * common with the channels, the stride goes round them all before it meets one again.
 * @param parts the tensor, cut between positions: [positions][channels] each
 */
export function sampleChannels(
  parts: readonly Float32Array[],
  channels: number,
  count: number,
): Float32Array {
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  let stride = Math.max(1, Math.floor(total / count));
  while (greatestCommonDivisor(stride, channels) > 1) stride++;
  const sample = new Float32Array(Math.ceil(total / stride));
  let taken = 0;
  let at = 0;
  for (const part of parts) {
    for (; at < part.length; at += stride) sample[taken++] = part[at]!;
    // Parts are not begun anew: short ones would show their first channels only.
    at -= part.length;
  }
  return sample;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

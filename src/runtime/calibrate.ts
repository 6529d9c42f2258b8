import type { RgbaFrame } from '../kernels/resize/contract.ts';
import type { ReadOptions } from '../model/reader.ts';
import type { Subnet } from '../network/subnet.ts';
import type { Session } from './session.ts';

// Odd, so that the median is one of them; few, because frames wait while one runs.
const runs = 5;
// On a slow device fewer runs must do.
const enoughMs = 250;
// What cameras give unless asked for more; the resize is part of what is measured.
const frameWidth = 640;
const frameHeight = 480;

/** A frame without meaning; latency does not depend on what is in the picture. */
export function calibrationFrame(): RgbaFrame {
  const data = new Uint8Array(4 * frameWidth * frameHeight);
  for (let i = 0; i < data.length; i++) data[i] = (i * 31) & 255;
  return { data, width: frameWidth, height: frameHeight };
}

/**
 * Median time, in milliseconds, of a subnet's crop, resize and network on this device, after a warm-up.
 * @param pause lets waiting frames through; called after each run
 * @throws whatever `Session.prepare` throws
 */
export async function measureLatencyMs(
  session: Session,
  subnet: Subnet,
  frame: RgbaFrame,
  pause: () => Promise<void>,
  options: ReadOptions = {},
): Promise<number> {
  await session.runOnce(subnet, frame, options);
  const samplesMs: number[] = [];
  let spentMs = 0;
  while (samplesMs.length < runs && spentMs < enoughMs) {
    await pause();
    const { inferenceMs } = await session.runOnce(subnet, frame);
    samplesMs.push(inferenceMs);
    spentMs += inferenceMs;
  }
  return samplesMs.sort((a, b) => a - b)[samplesMs.length >> 1]!;
}

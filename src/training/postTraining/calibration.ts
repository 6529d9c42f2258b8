import { throwIfAborted } from '../../errors.ts';

/** Pictures as the network reads them: side x side x 3 bytes, RGB, in the same order at each resolution. */
export type CalibrationImages = ReadonlyMap<number, readonly Uint8Array[]>;

/** Pictures per tfjs call: enough to keep it busy, few enough for its largest activation to stay small. */
export const picturesPerChunk = 8;

export function chunksOf<T>(values: readonly T[], length: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(values.length / length) }, (_, i) =>
    values.slice(i * length, (i + 1) * length),
  );
}

/** Lets the host do what waits (draw a progress bar, notice Ctrl-C), then goes on unless it was aborted. */
export async function pause(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  throwIfAborted(signal);
}

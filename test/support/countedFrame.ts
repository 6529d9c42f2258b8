import type { CameraFrame } from '../../src/index.ts';

/** Stands for a camera's frame, and counts how often it was closed. */
export class CountedFrame {
  readonly number: number;
  closes = 0;

  constructor(number: number) {
    this.number = number;
  }

  close(): void {
    this.closes += 1;
  }
}

export function asFrame(frame: CountedFrame): CameraFrame {
  return frame as unknown as CameraFrame;
}

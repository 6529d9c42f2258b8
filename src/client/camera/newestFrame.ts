import { OfferInterval } from '../offerInterval.ts';
import type { CameraFrame } from './types.ts';

/** A frame that has come. Either `take` or `drop` is called, once. */
export interface Arrival {
  /** The frame, the taker's to close; null when there is none after all. */
  take(): CameraFrame | null | Promise<CameraFrame | null>;
  drop(): void;
}

/** Keeps the newest frame until it is asked for; one asks at a time, and has one frame at a time. */
export class NewestFrame {
  readonly #interval = new OfferInterval();
  #arrival: Arrival | null = null;
  #wake = () => {};
  #isLent = false;
  #isClosed = false;
  #dropped = 0;

  /** Frames whose place a newer one took. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Median time from one frame to the next. */
  get intervalMs(): number {
    return this.#interval.medianMs;
  }

  /** Whether the frame that was asked for last has not been given back. */
  get isLent(): boolean {
    return this.#isLent;
  }

  giveBack(): void {
    this.#isLent = false;
  }

  put(arrival: Arrival, atMs: number): void {
    if (this.#isClosed) {
      arrival.drop();
      return;
    }
    this.#interval.offered(atMs);
    if (this.#arrival !== null) this.#dropped += 1;
    this.#arrival?.drop();
    this.#arrival = arrival;
    this.#wake();
  }

  /** A frame has come that is not kept: whoever asks gets the one after it. */
  miss(atMs: number): void {
    this.#interval.offered(atMs);
    this.#dropped += 1;
  }

  /** Forgets the frame that waits. */
  clear(): void {
    this.#arrival?.drop();
    this.#arrival = null;
  }

  /** The newest frame that was not taken yet, the caller's to close; null once closed. */
  async next(): Promise<CameraFrame | null> {
    while (!this.#isClosed) {
      const arrival = this.#arrival;
      this.#arrival = null;
      if (arrival === null) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      const frame = await arrival.take();
      if (!this.#isClosed && frame !== null) {
        this.#isLent = true;
        return frame;
      }
      frame?.close();
    }
    return null;
  }

  close(): void {
    this.#isClosed = true;
    this.clear();
    this.#wake();
  }
}

import type { RtfqError } from '../../errors.ts';
import type { LiveFrames } from '../types.ts';
import { NewestFrame } from './newestFrame.ts';
import type { CameraFrame } from './types.ts';

/** What a loop over a camera asks of it. */
export interface CameraSide {
  /** Begins to read frames. @returns what stops it */
  read(newest: NewestFrame): () => void;
  /** The loop asks for its first frame: from now on it is told when to run. */
  joined(frames: CameraFrames): void;
  left(frames: CameraFrames): void;
}

const done = { done: true, value: undefined } as const;

/** One loop over a camera. A frame that it gave stays its own, and is closed with the next step. */
export class CameraFrames implements LiveFrames<CameraFrame> {
  readonly #camera: CameraSide;
  readonly #newest = new NewestFrame();
  #stopReading: (() => void) | null = null;
  #given: CameraFrame | null = null;
  #hasJoined = false;
  #isEnded = false;
  #error: RtfqError | null = null;
  #step: Promise<unknown> = Promise.resolve();

  constructor(camera: CameraSide) {
    this.#camera = camera;
  }

  get dropped(): number {
    return this.#newest.dropped;
  }

  get intervalMs(): number {
    return this.#newest.intervalMs;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<CameraFrame, undefined>> {
    const step = this.#step.then(() => this.#advance());
    this.#step = step.catch(() => {});
    return step;
  }

  async return(): Promise<IteratorResult<CameraFrame, undefined>> {
    this.end(null);
    return done;
  }

  release(): void {
    this.#given?.close();
    this.#given = null;
    this.#newest.giveBack();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end(null);
  }

  /** Frames are wanted. */
  run(): void {
    if (!this.#isEnded) this.#stopReading ??= this.#camera.read(this.#newest);
  }

  /** None are wanted, until `run`; whoever waits for one goes on waiting. */
  pause(): void {
    this.#stopReading?.();
    this.#stopReading = null;
    this.#newest.clear();
  }

  /** @param error what whoever waits for a frame is told; null: the loop just ends */
  end(error: RtfqError | null): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#error = error;
    this.pause();
    this.#newest.close();
    this.release();
    this.#camera.left(this);
  }

  async #advance(): Promise<IteratorResult<CameraFrame, undefined>> {
    this.release();
    if (!this.#hasJoined) {
      this.#hasJoined = true;
      this.#camera.joined(this);
    }
    const frame = await this.#nextFrame();
    if (frame !== null && !this.#isEnded) {
      this.#given = frame;
      return { done: false, value: frame };
    }
    frame?.close();
    const error = this.#error;
    this.#error = null; // told once
    if (error !== null) throw error;
    return done;
  }

  async #nextFrame(): Promise<CameraFrame | null> {
    try {
      return await this.#newest.next();
    } catch (thrown) {
      this.end(null); // a loop that is told of a failure does not end its iterator
      throw thrown;
    }
  }
}

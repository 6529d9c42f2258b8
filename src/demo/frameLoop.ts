import type { Classification, ImageSource } from '../index.ts';
import type { FrameSource } from './frameSource.ts';
import { watchFrames } from './videoFrames.ts';

/**
 * A still picture is classified this often: for a median latency worth showing, and for the classifier, which
 * measures a subnet six times, once after every third frame.
 */
const runsPerPicture = 24;

export interface FrameLoopOptions {
  readonly classify: (element: FrameSource['element']) => Promise<Classification>;
  readonly stream: (
    frames: AsyncIterable<ImageSource>,
    signal: AbortSignal,
  ) => AsyncIterable<Classification>;
  readonly onResult: (result: Classification) => void;
  readonly onError: (thrown: unknown) => void;
}

/**
 * Classifies what a source shows, one frame at a time. A camera gives its newest frame whenever the classifier is
 * free. Of a video, a frame that comes meanwhile is only remembered: the classifier then gets whatever is shown.
 */
export class FrameLoop {
  readonly #options: FrameLoopOptions;
  #source: FrameSource | null = null;
  #stopWatching = () => {};
  #stopStream = () => {};
  #running = false;
  #paused = false;
  #busy = false;
  /** Classifications still wanted of what the source shows now. */
  #wanted = 0;

  constructor(options: FrameLoopOptions) {
    this.#options = options;
  }

  setSource(source: FrameSource | null): void {
    this.#stopWatching();
    this.#source = source;
    this.#wanted = 0;
    this.#stopWatching =
      source?.element instanceof HTMLVideoElement && !source.frames
        ? watchFrames(source.element, () => this.#want(1))
        : () => {};
    this.#follow();
    this.refresh();
  }

  setRunning(running: boolean): void {
    this.#running = running;
    this.#follow();
    this.#pump();
  }

  /** Whether the picture stands still, and with it what is classified. */
  setPaused(paused: boolean): void {
    this.#paused = paused;
    this.#follow();
    this.refresh();
  }

  /** Classifies once more what is shown, though no new frame comes: another subnet is active. */
  refresh(): void {
    this.#want(this.#source?.kind === 'picture' ? runsPerPicture : 1);
  }

  /** Takes the frames of a source that gives them, if any are wanted now. */
  #follow(): void {
    this.#stopStream();
    this.#stopStream = () => {};
    const frames = this.#source?.frames;
    if (frames === undefined || !this.#running || this.#paused) return;
    const controller = new AbortController();
    this.#stopStream = () => controller.abort();
    void this.#classifyAll(frames, controller.signal);
  }

  async #classifyAll(frames: AsyncIterable<ImageSource>, signal: AbortSignal): Promise<void> {
    try {
      for await (const result of this.#options.stream(frames, signal)) {
        if (signal.aborted) return;
        this.#options.onResult(result);
      }
    } catch (thrown) {
      if (!signal.aborted) this.#options.onError(thrown);
    }
  }

  #want(runs: number): void {
    this.#wanted = Math.max(this.#wanted, runs);
    this.#pump();
  }

  #pump(): void {
    if (!this.#running || this.#busy || this.#source === null || this.#wanted === 0) return;
    this.#wanted--;
    this.#busy = true;
    void this.#classify(this.#source).finally(() => {
      this.#busy = false;
      this.#pump();
    });
  }

  async #classify(source: FrameSource): Promise<void> {
    try {
      const result = await this.#options.classify(source.element);
      // A late result of a source that is gone would be a label under the wrong picture.
      if (source === this.#source) this.#options.onResult(result);
    } catch (thrown) {
      if (source === this.#source) this.#options.onError(thrown);
    }
  }
}

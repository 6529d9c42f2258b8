import type { Classification } from '../index.ts';
import type { FrameSource } from './frameSource.ts';
import { watchFrames } from './videoFrames.ts';

/**
 * A still picture is classified this often: for a median latency worth showing, and for the classifier, which
 * measures a subnet six times, once after every third frame.
 */
const runsPerPicture = 24;

export interface FrameLoopOptions {
  readonly classify: (element: FrameSource['element']) => Promise<Classification>;
  readonly onResult: (result: Classification) => void;
  readonly onError: (thrown: unknown) => void;
}

/**
 * Classifies what a source shows, one frame at a time. A frame that comes meanwhile is only
 * remembered: when the classifier is free again it gets whatever the source shows by then.
 */
export class FrameLoop {
  readonly #options: FrameLoopOptions;
  #source: FrameSource | null = null;
  #stopWatching = () => {};
  #running = false;
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
    const element = source?.element;
    this.#stopWatching =
      element instanceof HTMLVideoElement ? watchFrames(element, () => this.#want(1)) : () => {};
    this.refresh();
  }

  setRunning(running: boolean): void {
    this.#running = running;
    this.#pump();
  }

  /** Classifies once more what is shown, though no new frame comes: another subnet is active. */
  refresh(): void {
    this.#want(this.#source?.kind === 'picture' ? runsPerPicture : 1);
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

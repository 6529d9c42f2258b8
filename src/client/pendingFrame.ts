import { RtfqError } from '../errors.ts';
import type { TransferableFrame } from '../worker/protocol.ts';
import { closeFrame } from './frames.ts';

/**
 * One call of `classify` from the moment its frame is captured: settles once, by whichever comes first of
 * its result, a failure, its signal, a newer frame and the classifier's end.
 */
export class PendingFrame<T> {
  readonly result: Promise<T>;
  readonly #capture: Promise<TransferableFrame>;
  readonly #signal: AbortSignal | undefined;
  #resolve!: (value: T) => void;
  #reject!: (reason: RtfqError) => void;
  #isSettled = false;
  #isTaken = false;

  constructor(capture: Promise<TransferableFrame>, signal: AbortSignal | undefined) {
    this.#capture = capture;
    this.#signal = signal;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#capture.catch((thrown) => this.reject(RtfqError.from(thrown)));
    signal?.addEventListener('abort', this.#onAbort);
  }

  /**
   * The frame, the caller's to close; null as soon as the call has settled, however long the capture goes
   * on. To be called once.
   */
  async take(): Promise<TransferableFrame | null> {
    const settled = this.result.then(
      () => null,
      () => null,
    );
    const frame = await Promise.race([this.#capture.catch(() => null), settled]);
    if (this.#isSettled) return null;
    this.#isTaken = true;
    return frame;
  }

  /** @returns false when the call had settled before */
  resolve(value: T): boolean {
    const isFirst = this.#settle();
    if (isFirst) this.#resolve(value);
    return isFirst;
  }

  /** @returns false when the call had settled before */
  reject(reason: RtfqError): boolean {
    const isFirst = this.#settle();
    if (isFirst) this.#reject(reason);
    return isFirst;
  }

  readonly #onAbort = (): void => {
    this.reject(
      new RtfqError('ABORTED', 'the frame was aborted by its signal', {
        cause: this.#signal?.reason,
      }),
    );
  };

  #settle(): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    if (!this.#isTaken) this.#capture.then(closeFrame, () => {});
    return true;
  }
}

import { transfer } from 'comlink';
import { RtfqError, throwIfAborted } from '../errors.ts';
import type { FrameResult } from '../worker/protocol.ts';
import type { Connection } from './connection.ts';
import { captureFrame, closeFrame, transferablesOf } from './frames.ts';
import { NewestWins } from './newestWins.ts';
import { OfferInterval } from './offerInterval.ts';
import { checkClassifyOptions } from './options.ts';
import { Pacer } from './pacer.ts';
import { PendingFrame } from './pendingFrame.ts';
import type { Classification, ClassifyOptions, ImageSource } from './types.ts';

export interface FrameFlowOptions {
  readonly clock: () => number;
  /** Called with each frame's result before its promise resolves. */
  readonly onResult: (result: FrameResult, totalMs: number) => void;
}

/** The stream of frames through one worker: the newest wins. */
export class FrameFlow {
  readonly #connection: Connection;
  readonly #options: FrameFlowOptions;
  readonly #pacer: Pacer;
  readonly #queue: NewestWins;
  readonly #interval = new OfferInterval();
  readonly #pending = new Set<PendingFrame<Classification>>();
  #dropped = 0;
  #skipped = 0;
  #missedSinceResult = 0;
  #endedBy: RtfqError | null = null;

  constructor(connection: Connection, options: FrameFlowOptions) {
    const pacer = new Pacer(options.clock);
    this.#connection = connection;
    this.#options = options;
    this.#pacer = pacer;
    this.#queue = new NewestWins(() => pacer.hold());
    void connection.ended.then((reason) => {
      this.#endedBy = reason;
      for (const pending of this.#pending) pending.reject(reason);
      pacer.stop();
    });
  }

  /** Frames that newer ones replaced while the worker was busy, and while the budget held them back. */
  get missed(): { readonly dropped: number; readonly skipped: number } {
    return { dropped: this.#dropped, skipped: this.#skipped };
  }

  /** @param paceMs least time from one frame's start to the next */
  pace(paceMs: number): void {
    this.#pacer.pace(paceMs);
  }

  async classify(image: ImageSource, options: ClassifyOptions): Promise<Classification> {
    const startMs = this.#options.clock();
    const { topK, signal } = checkClassifyOptions(options);
    throwIfAborted(signal);
    if (this.#endedBy) throw this.#endedBy;
    this.#interval.offered(startMs);
    const pending = new PendingFrame<Classification>(captureFrame(image), signal);
    this.#pending.add(pending);
    this.#queue.add({
      run: () => this.#run(pending, topK, startMs),
      supersede: () => this.#supersede(pending),
    });
    return pending.result.finally(() => this.#pending.delete(pending));
  }

  async #run(pending: PendingFrame<Classification>, topK: number, startMs: number): Promise<void> {
    const frame = await pending.take();
    if (frame === null) return;
    this.#pacer.started();
    try {
      const intervalMs = this.#interval.medianMs;
      const result = await this.#connection.call((host) =>
        host.classify(transfer(frame, transferablesOf(frame)), { topK, intervalMs }),
      );
      this.#deliver(pending, result, this.#options.clock() - startMs);
    } catch (thrown) {
      pending.reject(RtfqError.from(thrown));
    } finally {
      closeFrame(frame); // a no-op unless it could not be sent
    }
  }

  #deliver(pending: PendingFrame<Classification>, result: FrameResult, totalMs: number): void {
    this.#pacer.pace(result.paceMs);
    this.#options.onResult(result, totalMs);
    const { classes, subnet, pixelsMs, inferenceMs } = result;
    const dropped = this.#missedSinceResult;
    const timing = { pixelsMs, inferenceMs, totalMs };
    if (pending.resolve({ classes, subnet, timing, dropped })) this.#missedSinceResult = 0;
  }

  #supersede(pending: PendingFrame<Classification>): void {
    const isFirst = pending.reject(
      new RtfqError('SUPERSEDED', "a newer frame took this one's place", {
        hint: 'expected when frames come faster than results: ignore it',
      }),
    );
    if (!isFirst) return;
    if (this.#pacer.isHolding) this.#skipped += 1;
    else this.#dropped += 1;
    this.#missedSinceResult += 1;
  }
}

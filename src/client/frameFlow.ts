import { transfer } from 'comlink';
import { RtfqError, throwIfAborted } from '../errors.ts';
import type { FrameResult } from '../worker/protocol.ts';
import type { Connection } from './connection.ts';
import { captureFrame, closeFrame, transferablesOf } from './frames.ts';
import type { LabelSmoothing } from './labelSmoothing.ts';
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

/** One call of `classify`. */
interface Offered {
  readonly topK: number;
  readonly smoothing: LabelSmoothing | undefined;
  readonly startMs: number;
  readonly intervalMs: number | undefined;
}

/** What a live source knows of a frame that it gives. */
export interface Offer {
  /** Frames before it, since the last one that was offered, that were missed: while the worker was busy ... */
  readonly dropped: number;
  /** ... and while the pace held them back. */
  readonly skipped: number;
  /** Median time from one frame to the next; undefined where the source knows none. */
  readonly intervalMs: number | undefined;
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
  readonly #end = new AbortController();

  constructor(connection: Connection, options: FrameFlowOptions) {
    const pacer = new Pacer(options.clock);
    this.#connection = connection;
    this.#options = options;
    this.#pacer = pacer;
    this.#queue = new NewestWins(() => pacer.hold());
    void connection.ended.then((reason) => {
      this.#end.abort(reason);
      for (const pending of this.#pending) pending.reject(reason);
      pacer.stop();
    });
  }

  /** Fires when there is no worker any more, with the RtfqError that ended it. */
  get ended(): AbortSignal {
    return this.#end.signal;
  }

  /** Frames that newer ones replaced while the worker was busy, and while the budget held them back. */
  get missed(): { readonly dropped: number; readonly skipped: number } {
    return { dropped: this.#dropped, skipped: this.#skipped };
  }

  /** @param paceMs least time from one frame's start to the next */
  pace(paceMs: number): void {
    this.#pacer.pace(paceMs);
  }

  /** Resolves when a frame could begin at once: what a live source gives then grows no older here. */
  async turn(): Promise<void> {
    const wait = () => this.#queue.idle() ?? this.#pacer.hold();
    for (let waited = wait(); waited !== null; waited = wait()) await waited;
  }

  async classify(
    image: ImageSource,
    options: ClassifyOptions,
    offer?: Offer,
  ): Promise<Classification> {
    const startMs = this.#options.clock();
    const { topK, signal, smoothing } = checkClassifyOptions(options);
    throwIfAborted(signal);
    this.ended.throwIfAborted();
    this.#interval.offered(startMs);
    if (offer !== undefined) this.#miss(offer);
    const pending = new PendingFrame<Classification>(captureFrame(image), signal);
    this.#pending.add(pending);
    const intervalMs = offer?.intervalMs;
    this.#queue.add({
      run: () => this.#run(pending, { topK, smoothing, startMs, intervalMs }),
      supersede: () => this.#supersede(pending),
    });
    return pending.result.finally(() => this.#pending.delete(pending));
  }

  async #run(pending: PendingFrame<Classification>, offered: Offered): Promise<void> {
    const frame = await pending.take();
    if (frame === null) return;
    this.#pacer.started();
    const { topK, startMs, intervalMs = this.#interval.medianMs } = offered;
    const smoothed = offered.smoothing?.begin(startMs);
    const smoothing = smoothed?.step ?? null;
    try {
      const result = await this.#connection.call((host) =>
        host.classify(transfer(frame, transferablesOf(frame)), { topK, intervalMs, smoothing }),
      );
      smoothed?.keep(result.average);
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
    this.#miss(this.#pacer.isHolding ? { dropped: 0, skipped: 1 } : { dropped: 1, skipped: 0 });
  }

  #miss({ dropped, skipped }: Pick<Offer, 'dropped' | 'skipped'>): void {
    this.#dropped += dropped;
    this.#skipped += skipped;
    this.#missedSinceResult += dropped + skipped;
  }
}

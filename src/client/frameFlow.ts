import { transfer } from 'comlink';
import { RtfqError, throwIfAborted } from '../errors.ts';
import type { FrameResult } from '../worker/protocol.ts';
import type { Connection } from './connection.ts';
import { captureFrame, closeFrame, transferablesOf } from './frames.ts';
import { Latencies } from './latencies.ts';
import { NewestWins } from './newestWins.ts';
import { checkClassifyOptions } from './options.ts';
import { PendingFrame } from './pendingFrame.ts';
import type { Classification, ClassifierStats, ClassifyOptions, ImageSource } from './types.ts';

/** The stream of frames through one worker: the newest wins. */
export class FrameFlow {
  readonly #connection: Connection;
  readonly #queue = new NewestWins();
  readonly #pending = new Set<PendingFrame<Classification>>();
  readonly #latencies = new Latencies();
  #frames = 0;
  #dropped = 0;
  #droppedSinceResult = 0;
  #endedBy: RtfqError | null = null;

  constructor(connection: Connection) {
    this.#connection = connection;
    void connection.ended.then((reason) => {
      this.#endedBy = reason;
      for (const pending of this.#pending) pending.reject(reason);
    });
  }

  get stats(): Omit<ClassifierStats, 'switches'> {
    return {
      frames: this.#frames,
      dropped: this.#dropped,
      medianMs: this.#latencies.quantile(0.5),
      p95Ms: this.#latencies.quantile(0.95),
    };
  }

  async classify(image: ImageSource, options: ClassifyOptions): Promise<Classification> {
    const startMs = performance.now();
    const { topK, signal } = checkClassifyOptions(options);
    throwIfAborted(signal);
    if (this.#endedBy) throw this.#endedBy;
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
    try {
      const result = await this.#connection.call((host) =>
        host.classify(transfer(frame, transferablesOf(frame)), { topK }),
      );
      this.#deliver(pending, result, performance.now() - startMs);
    } catch (thrown) {
      pending.reject(RtfqError.from(thrown));
    } finally {
      closeFrame(frame); // a no-op unless it could not be sent
    }
  }

  #deliver(
    pending: PendingFrame<Classification>,
    { classes, subnet, pixelsMs, inferenceMs }: FrameResult,
    totalMs: number,
  ): void {
    const dropped = this.#droppedSinceResult;
    const timing = { pixelsMs, inferenceMs, totalMs };
    if (!pending.resolve({ classes, subnet, timing, dropped })) return;
    this.#droppedSinceResult = 0;
    this.#frames += 1;
    this.#latencies.add(totalMs);
  }

  #supersede(pending: PendingFrame<Classification>): void {
    const isFirst = pending.reject(
      new RtfqError('SUPERSEDED', "a newer frame took this one's place", {
        hint: 'expected when frames come faster than results: ignore it',
      }),
    );
    if (!isFirst) return;
    this.#dropped += 1;
    this.#droppedSinceResult += 1;
  }
}

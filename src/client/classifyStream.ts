import { RtfqError, untilAborted } from '../errors.ts';
import type { FrameFlow } from './frameFlow.ts';
import { throwLater } from './throwLater.ts';
import type { Classification, ClassifyOptions, ImageSource, LiveFrames } from './types.ts';

type Frames = AsyncIterator<ImageSource> & Partial<LiveFrames<ImageSource>>;

/** `Classifier.stream`: asks the source for a frame only when it can begin at once, so that none grows old here. */
export async function* classifyStream(
  flow: FrameFlow,
  source: AsyncIterable<ImageSource>,
  options: ClassifyOptions,
): AsyncGenerator<Classification, void, void> {
  const { signal } = options;
  const frames: Frames = source[Symbol.asyncIterator]();
  const unlessEnded = <T>(work: Promise<T>) =>
    untilAborted(untilAborted(work, signal), flow.ended, ({ reason }) => reason);
  let missed = 0;
  try {
    for (;;) {
      const beforeTurn = frames.dropped ?? 0;
      await unlessEnded(flow.turn());
      const skipped = (frames.dropped ?? 0) - beforeTurn;
      const next = await unlessEnded(frames.next());
      if (next.done) return;
      const { dropped = 0, intervalMs } = frames;
      const offer = { skipped, dropped: dropped - missed - skipped, intervalMs };
      missed = dropped;
      const classified = flow.classify(next.value, options, offer);
      frames.release?.();
      const result = await unlessSuperseded(classified);
      if (result !== null) yield result;
    }
  } finally {
    const ending = frames.return?.();
    // A generator that waits for its own next frame would keep a loop that ends meanwhile waiting, too.
    if (signal?.aborted || flow.ended.aborted) ending?.catch(throwLater);
    else await ending;
  }
}

/** Other calls on the same classifier may take the frame's place: the next one follows. */
async function unlessSuperseded(
  classified: Promise<Classification>,
): Promise<Classification | null> {
  try {
    return await classified;
  } catch (thrown) {
    if (RtfqError.from(thrown).code === 'SUPERSEDED') return null;
    throw thrown;
  }
}

import type { NewestFrame } from './newestFrame.ts';

// Newer than the type library.
interface TrackProcessor {
  readonly readable: ReadableStream<VideoFrame>;
}
type TrackProcessorClass = new (options: {
  readonly track: MediaStreamTrack;
  readonly maxBufferSize: number;
}) => TrackProcessor;

/** Whether frames can be read from tracks here: Safari has it in workers only, Firefox not at all. */
export function canReadTracks(): boolean {
  return 'MediaStreamTrackProcessor' in globalThis;
}

/**
 * Hands on each frame of a camera's track.
 * @param onEnd the track has ended, not by `stop`
 * @returns stop, which leaves the track as it is
 */
export function readTrack(
  track: MediaStreamTrack,
  newest: NewestFrame,
  onEnd: () => void,
): () => void {
  if (track.readyState === 'ended') {
    queueMicrotask(onEnd);
    return () => {};
  }
  const { MediaStreamTrackProcessor: Processor } = globalThis as unknown as {
    MediaStreamTrackProcessor: TrackProcessorClass;
  };
  const reader = new Processor({ track, maxBufferSize: 1 }).readable.getReader();
  let isStopped = false;
  const read = async () => {
    for (;;) {
      const { value: frame, done } = await reader.read();
      if (done) return;
      // Chromium lends a page two frames of a camera and then waits: with one in use and one kept ready, the
      // latter would be all but the newest.
      if (newest.isLent) newest.miss(performance.now());
      if (newest.isLent || isStopped) frame.close();
      else newest.put({ take: () => frame, drop: () => frame.close() }, performance.now());
    }
  };
  read()
    .catch(() => {}) // a stream that fails has ended, too
    .finally(() => isStopped || onEnd());
  return () => {
    isStopped = true;
    reader.cancel().catch(() => {});
  };
}

import { captureVideo } from '../frames.ts';
import type { NewestFrame } from './newestFrame.ts';

/**
 * Hands on each frame that a video element shows. A frame is captured when it is taken, not before: the element
 * itself keeps the newest.
 * @returns stop
 */
export function readVideo(video: HTMLVideoElement, newest: NewestFrame): () => void {
  const arrival = {
    async take() {
      const isReady = video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
      return isReady ? captureVideo(video) : null;
    },
    drop() {},
  };
  const put = () => newest.put(arrival, performance.now());
  return 'requestVideoFrameCallback' in video ? onPresented(video, put) : onPlayback(video, put);
}

function onPresented(video: HTMLVideoElement, put: () => void): () => void {
  const next = () => {
    handle = video.requestVideoFrameCallback(next);
    put();
  };
  let handle = video.requestVideoFrameCallback(next);
  return () => video.cancelVideoFrameCallback(handle);
}

// Firefox before 132: the playback position tells frames apart.
function onPlayback(video: HTMLVideoElement, put: () => void): () => void {
  let shownTime = Number.NaN;
  const next = () => {
    handle = requestAnimationFrame(next);
    if (video.currentTime === shownTime) return;
    shownTime = video.currentTime;
    put();
  };
  let handle = requestAnimationFrame(next);
  return () => cancelAnimationFrame(handle);
}

/**
 * Calls `onFrame` for each frame that a video shows, as long as it is rendered.
 * @returns how to stop
 */
export function watchFrames(video: HTMLVideoElement, onFrame: () => void): () => void {
  return 'requestVideoFrameCallback' in video
    ? watchPresented(video, onFrame)
    : watchPlayback(video, onFrame);
}

function watchPresented(video: HTMLVideoElement, onFrame: () => void): () => void {
  const next = () => {
    handle = video.requestVideoFrameCallback(next);
    onFrame();
  };
  let handle = video.requestVideoFrameCallback(next);
  return () => video.cancelVideoFrameCallback(handle);
}

// Firefox before 132: the playback position tells frames apart.
function watchPlayback(video: HTMLVideoElement, onFrame: () => void): () => void {
  let shownTime = Number.NaN;
  const next = () => {
    handle = requestAnimationFrame(next);
    if (video.currentTime === shownTime || video.readyState < video.HAVE_CURRENT_DATA) return;
    shownTime = video.currentTime;
    onFrame();
  };
  let handle = requestAnimationFrame(next);
  return () => cancelAnimationFrame(handle);
}

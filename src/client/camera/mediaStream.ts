import { untilAborted } from '../../errors.ts';
import { mediaDevices } from './devices.ts';

/**
 * Asks the browser for a camera, and the browser its user.
 * @throws RtfqError `CAMERA_UNAVAILABLE` | `ABORTED`; DOMException as `getUserMedia`
 */
export async function requestStream(
  video: MediaTrackConstraints,
  signal: AbortSignal | undefined,
): Promise<MediaStream> {
  const asking = mediaDevices().getUserMedia({ video, audio: false });
  try {
    return await untilAborted(asking, signal);
  } catch (thrown) {
    // The user may still say yes to a question that nobody asks any more.
    asking.then(stopTracks, () => {});
    throw thrown;
  }
}

/** Shows a stream; resolves with its first frame. */
export async function attach(stream: MediaStream, video: HTMLVideoElement): Promise<void> {
  video.muted = true;
  video.playsInline = true;
  video.srcObject = stream;
  await video.play();
}

/** Leaves an element alone that shows something else by now. */
export function detach(stream: MediaStream, video: HTMLVideoElement | null): void {
  if (video?.srcObject === stream) video.srcObject = null;
}

export function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

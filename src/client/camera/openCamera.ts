import { throwIfAborted, untilAborted } from '../../errors.ts';
import { openingFailed } from './errors.ts';
import { LiveCamera, type Reading } from './liveCamera.ts';
import { attach, detach, requestStream, stopTracks } from './mediaStream.ts';
import { choosePath, constraintsOf } from './options.ts';
import type { Camera, CameraOptions } from './types.ts';

/**
 * Opens a camera; the browser asks its user for permission where it has none yet. A camera that was lost is opened
 * again by the same call.
 * @throws RtfqError `CAMERA_DENIED` | `CAMERA_NOT_FOUND` | `CAMERA_BUSY` | `CAMERA_UNAVAILABLE` (no secure page, no
 * browser) | `INVALID_ARGUMENT` | `ABORTED`
 */
export async function openCamera(options: CameraOptions = {}): Promise<Camera> {
  const constraints = constraintsOf(options);
  const path = choosePath(options.path);
  const { signal } = options;
  throwIfAborted(signal);
  try {
    const stream = await requestStream(constraints, signal);
    const video = options.video ?? null;
    const reading: Reading =
      path === 'track'
        ? { path, video }
        : { path, video: video ?? document.createElement('video') };
    return await start(stream, reading, signal);
  } catch (thrown) {
    throw openingFailed(thrown);
  }
}

async function start(
  stream: MediaStream,
  reading: Reading,
  signal: AbortSignal | undefined,
): Promise<Camera> {
  const { video } = reading;
  try {
    if (video !== null) await untilAborted(attach(stream, video), signal);
    return new LiveCamera(stream, reading);
  } catch (thrown) {
    stopTracks(stream);
    detach(stream, video);
    throw thrown;
  }
}

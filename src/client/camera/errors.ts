import { RtfqError } from '../../errors.ts';
import type { CameraInfo } from './types.ts';

/** Without a secure context browsers show pages no cameras at all. */
export function noCamerasHere(): RtfqError {
  return new RtfqError('CAMERA_UNAVAILABLE', 'this page is not given any camera', {
    got: 'no navigator.mediaDevices',
    expected: 'a page in a browser that came over https, or from localhost',
    hint: 'importing rtfq elsewhere is fine; open cameras from a page',
  });
}

/** What a refusal of `getUserMedia` means. */
export function openingFailed(cause: unknown): RtfqError {
  if (cause instanceof RtfqError) return cause;
  const got = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  switch (cause instanceof Error ? cause.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return new RtfqError('CAMERA_DENIED', 'the camera is blocked', {
        got,
        hint: 'allow it in the browser, by the symbol in the address bar, and in the system; then open it again',
        cause,
      });
    case 'NotFoundError':
    case 'OverconstrainedError':
      return new RtfqError('CAMERA_NOT_FOUND', 'there is no such camera', {
        got,
        hint: 'plug one in, or choose one of listCameras()',
        cause,
      });
    case 'NotReadableError':
    case 'AbortError':
      return new RtfqError('CAMERA_BUSY', 'the camera does not start', {
        got,
        hint: 'another program or page may be using it: close that one and open the camera again',
        cause,
      });
    default:
      return new RtfqError('CAMERA_UNAVAILABLE', 'the camera cannot be opened here', {
        got,
        cause,
      });
  }
}

/** What is known when a track has ended that nobody here stopped. */
export interface Loss {
  readonly deviceId: string;
  readonly cameras: readonly CameraInfo[];
  /** null where the browser does not tell. */
  readonly permission: PermissionState | null;
}

/** Tells a camera that was unplugged from one that may not be used any more. */
export function lossError({ deviceId, cameras, permission }: Loss): RtfqError {
  const isListed = cameras.some((camera) => camera.deviceId === deviceId);
  // Devices without ids are what a page sees that has no permission.
  const isHidden = cameras.length > 0 && cameras.every((camera) => camera.deviceId === '');
  if (isHidden || permission === 'denied') {
    return new RtfqError('CAMERA_DENIED', 'the permission to use the camera was taken back', {
      hint: 'allow it again, then open the camera again',
    });
  }
  return new RtfqError('CAMERA_LOST', 'the camera is gone', {
    got: isListed ? 'ended by the browser or the system' : 'unplugged',
    hint: 'plug it in or choose another, then open it again',
  });
}

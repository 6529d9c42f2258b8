import { openCamera, RtfqError } from '../index.ts';
import { type FrameSource, SourceProblem } from './frameSource.ts';

/**
 * Asks for the camera and waits for its first frame.
 * @param deviceId of `listCameras`; null: the one that looks away from the visitor, where there is a choice
 * @throws SourceProblem
 */
export async function openCameraSource(deviceId: string | null): Promise<FrameSource> {
  const video = document.createElement('video');
  video.setAttribute('aria-label', 'Live camera picture');
  try {
    const which = deviceId === null ? { facingMode: 'environment' as const } : { deviceId };
    const camera = await openCamera({ video, ...which });
    const lost = new Promise<SourceProblem>((resolve) => {
      camera.addEventListener('statechange', ({ detail: { error } }) => {
        if (error !== null) resolve(explain(error));
      });
    });
    return {
      kind: 'camera',
      element: video,
      frames: camera,
      lost,
      camera: { deviceId: camera.deviceId, facesUser: camera.facingMode === 'user' },
      close: () => void camera.dispose(),
    };
  } catch (thrown) {
    throw explain(RtfqError.from(thrown));
  }
}

function explain(error: RtfqError): SourceProblem {
  switch (error.code) {
    case 'CAMERA_UNAVAILABLE':
      return new SourceProblem(
        'No camera on this page',
        'Browsers give the camera only to pages that come over https, or from this computer.',
        'Open the page with https:// or from localhost. A picture or a video works here, too.',
        error,
      );
    case 'CAMERA_DENIED':
      return new SourceProblem(
        'The camera is blocked',
        'The browser or the system does not let this page use it.',
        'To change that, use the camera or lock symbol in the address bar, then try again. A picture or a video works without it.',
        error,
      );
    case 'CAMERA_NOT_FOUND':
      return new SourceProblem(
        'No camera found',
        'This device has no camera, or it is switched off.',
        'Plug one in and try again, or open a picture or a video.',
        error,
      );
    case 'CAMERA_BUSY':
      return new SourceProblem(
        'The camera is busy',
        'Another program or page seems to be using it.',
        'Close that one and try again, or open a picture or a video.',
        error,
      );
    case 'CAMERA_LOST':
      return new SourceProblem(
        'The camera is gone',
        'It was unplugged, or the system took it back.',
        'Plug it in, then try again. A picture or a video works, too.',
        error,
      );
    default:
      return new SourceProblem(
        'The camera does not start',
        error.message,
        'Try again, or open a picture or a video.',
        error,
      );
  }
}

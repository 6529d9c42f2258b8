import { type CameraFacts, type FrameSource, SourceProblem } from './frameSource.ts';

/** More pixels cost time to copy and gain nothing: the largest subnet looks at 224 x 224. */
const wishedSize = { width: { ideal: 640 }, height: { ideal: 480 } };

export interface Camera {
  readonly deviceId: string;
  readonly label: string;
}

/** The cameras of this device; without names before one was allowed, and none where nothing is told. */
export async function listCameras(): Promise<readonly Camera[]> {
  const devices = (await mediaDevices()?.enumerateDevices()) ?? [];
  return devices
    .filter(({ kind }) => kind === 'videoinput')
    .map(({ deviceId, label }, i) => ({ deviceId, label: label || `Camera ${i + 1}` }));
}

/** Calls back when a camera is plugged in or out. */
export function onCamerasChange(listener: () => void): void {
  mediaDevices()?.addEventListener('devicechange', listener);
}

/**
 * Asks for the camera and waits for its first frame.
 * @param deviceId of `listCameras`; null: the one that looks away from the visitor, where there is a choice
 * @throws SourceProblem
 */
export async function openCamera(deviceId: string | null): Promise<FrameSource> {
  const stream = await requestStream(deviceId);
  const stop = () => {
    for (const track of stream.getTracks()) track.stop();
  };
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.srcObject = stream;
  video.setAttribute('aria-label', 'Live camera picture');
  // `ended` comes for an unplugged camera and a revoked permission, not for our own stop().
  const lost = new Promise<SourceProblem>((resolve) => {
    stream.getVideoTracks()[0]?.addEventListener('ended', () => resolve(lostCamera()));
  });
  try {
    await video.play();
  } catch (cause) {
    stop();
    throw explain(cause);
  }
  return {
    kind: 'camera',
    element: video,
    lost,
    camera: factsOf(stream),
    close() {
      stop();
      video.srcObject = null;
    },
  };
}

// Absent outside secure contexts, whatever the type says.
function mediaDevices(): MediaDevices | undefined {
  return navigator.mediaDevices as MediaDevices | undefined;
}

async function requestStream(deviceId: string | null): Promise<MediaStream> {
  const devices = mediaDevices();
  if (devices === undefined) {
    throw new SourceProblem(
      'No camera on this page',
      'Browsers give the camera only to pages that come over https, or from this computer.',
      'Open the page with https:// or from localhost. A picture or a video works here, too.',
    );
  }
  try {
    const which =
      deviceId === null
        ? { facingMode: { ideal: 'environment' } }
        : { deviceId: { exact: deviceId } };
    return await devices.getUserMedia({ video: { ...wishedSize, ...which }, audio: false });
  } catch (cause) {
    throw explain(cause);
  }
}

function factsOf(stream: MediaStream): CameraFacts {
  const { deviceId = '', facingMode } = stream.getVideoTracks()[0]?.getSettings() ?? {};
  return { deviceId, facesUser: facingMode === 'user' };
}

function lostCamera(): SourceProblem {
  return new SourceProblem(
    'The camera is gone',
    'It was unplugged, or the permission to use it was taken back.',
    'Plug it in or allow it again, then try again. A picture or a video works, too.',
  );
}

function explain(cause: unknown): SourceProblem {
  const name = cause instanceof Error ? cause.name : '';
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return new SourceProblem(
        'The camera is blocked',
        'The browser or the system does not let this page use it.',
        'To change that, use the camera or lock symbol in the address bar, then try again. A picture or a video works without it.',
        cause,
      );
    case 'NotFoundError':
    case 'OverconstrainedError':
      return new SourceProblem(
        'No camera found',
        'This device has no camera, or it is switched off.',
        'Plug one in and try again, or open a picture or a video.',
        cause,
      );
    case 'NotReadableError':
    case 'AbortError':
      return new SourceProblem(
        'The camera is busy',
        'Another program or page seems to be using it.',
        'Close that one and try again, or open a picture or a video.',
        cause,
      );
    default:
      return new SourceProblem(
        'The camera does not start',
        cause instanceof Error ? cause.message : String(cause),
        'Try again, or open a picture or a video.',
        cause,
      );
  }
}

import { type CameraInfo, listCameras, watchCameras } from '../index.ts';
import type { FrameSource } from './frameSource.ts';
import { element } from './page.ts';

export interface CameraControlEvents {
  readonly onChoose: (deviceId: string) => void;
  readonly onMirror: (mirrored: boolean) => void;
}

export interface CameraControls {
  /** Names the camera that is open, and mirrors it where people expect that. */
  setSource(source: FrameSource | null): void;
}

/** Which camera, and whether as in a mirror. */
export function createCameraControls({ onChoose, onMirror }: CameraControlEvents): CameraControls {
  const select = element('camera-choice', HTMLSelectElement);
  const mirror = element('mirror', HTMLButtonElement);
  const fallback = select.innerHTML;
  let source: FrameSource | null = null;
  let mirrored = false;
  /** By camera, what the visitor chose in place of our guess. */
  const wishes = new Map<string, boolean>();

  function setMirrored(next: boolean): void {
    mirrored = next;
    mirror.ariaPressed = String(mirrored);
    onMirror(mirrored);
  }

  function offerCameras(cameras: readonly CameraInfo[]): void {
    const options = cameras.map(
      ({ deviceId, label }, i) => new Option(label || `Camera ${i + 1}`, deviceId),
    );
    if (options.length === 0) select.innerHTML = fallback;
    else select.replaceChildren(...options);
    select.disabled = cameras.length < 2;
    if (source?.camera) select.value = source.camera.deviceId;
  }

  select.addEventListener('change', () => onChoose(select.value));
  mirror.addEventListener('click', () => {
    if (source?.camera) wishes.set(source.camera.deviceId, !mirrored);
    setMirrored(!mirrored);
  });
  if (isSecureContext) watchCameras(offerCameras);

  return {
    setSource(next) {
      source = next;
      const camera = source?.camera;
      mirror.disabled = camera === undefined;
      setMirrored(camera ? (wishes.get(camera.deviceId) ?? camera.facesUser) : false);
      // Once one is open, the browser tells their names. Without a list the open camera goes on.
      if (camera) void listCameras().then(offerCameras, () => {});
    },
  };
}

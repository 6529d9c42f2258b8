import { type Camera, listCameras, onCamerasChange } from './cameraSource.ts';
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

  async function offerCameras(): Promise<void> {
    let cameras: readonly Camera[] = [];
    try {
      cameras = await listCameras();
    } catch {
      // Then there is nothing to choose from, and the open camera goes on.
    }
    if (cameras.length === 0) select.innerHTML = fallback;
    else
      select.replaceChildren(...cameras.map(({ deviceId, label }) => new Option(label, deviceId)));
    select.disabled = cameras.length < 2;
    if (source?.camera) select.value = source.camera.deviceId;
  }

  select.addEventListener('change', () => onChoose(select.value));
  mirror.addEventListener('click', () => {
    if (source?.camera) wishes.set(source.camera.deviceId, !mirrored);
    setMirrored(!mirrored);
  });
  onCamerasChange(() => void offerCameras());

  return {
    setSource(next) {
      source = next;
      const camera = source?.camera;
      mirror.disabled = camera === undefined;
      setMirrored(camera ? (wishes.get(camera.deviceId) ?? camera.facesUser) : false);
      if (camera) void offerCameras();
    },
  };
}

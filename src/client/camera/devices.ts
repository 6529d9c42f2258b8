import { throwLater } from '../throwLater.ts';
import { noCamerasHere } from './errors.ts';
import type { CameraInfo } from './types.ts';

/**
 * The cameras that the page may be told of.
 * @throws RtfqError `CAMERA_UNAVAILABLE`
 */
export async function listCameras(): Promise<readonly CameraInfo[]> {
  const devices = await mediaDevices().enumerateDevices();
  return devices
    .filter(({ kind }) => kind === 'videoinput')
    .map(({ deviceId, label }) => ({ deviceId, label }));
}

/**
 * Tells which cameras there are: now, and each time one is plugged in or out.
 * @returns what ends the watch
 * @throws RtfqError `CAMERA_UNAVAILABLE`
 */
export function watchCameras(onChange: (cameras: readonly CameraInfo[]) => void): () => void {
  const devices = mediaDevices();
  let newest = 0;
  let isEnded = false;
  const read = async () => {
    const ours = ++newest;
    const cameras = await listCameras();
    if (!isEnded && ours === newest) onChange(cameras);
  };
  const readNow = () => void read().catch(throwLater);
  devices.addEventListener('devicechange', readNow);
  readNow();
  return () => {
    isEnded = true;
    devices.removeEventListener('devicechange', readNow);
  };
}

/** @throws RtfqError `CAMERA_UNAVAILABLE` */
export function mediaDevices(): MediaDevices {
  // Absent outside secure contexts and browsers, whatever the type says.
  const devices = globalThis.navigator?.mediaDevices as MediaDevices | undefined;
  if (devices === undefined) throw noCamerasHere();
  return devices;
}

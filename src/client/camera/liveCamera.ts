import { RtfqError } from '../../errors.ts';
import type { LiveFrames } from '../types.ts';
import { CameraFrames } from './cameraFrames.ts';
import { listCameras } from './devices.ts';
import { lossError } from './errors.ts';
import { detach, stopTracks } from './mediaStream.ts';
import type { NewestFrame } from './newestFrame.ts';
import { readTrack } from './trackReader.ts';
import type { Camera, CameraEvents, CameraFrame, CameraState, FramePath } from './types.ts';
import { readVideo } from './videoReader.ts';

// An EventTarget that knows its events' types.
const TypedTarget = EventTarget as new () => Pick<Camera, keyof EventTarget>;

/** Where the frames of a stream are read. */
export type Reading =
  | { readonly path: 'track'; readonly video: HTMLVideoElement | null }
  | { readonly path: 'video'; readonly video: HTMLVideoElement };

/** A camera whose stream is open. */
export class LiveCamera extends TypedTarget implements Camera {
  readonly stream: MediaStream;
  readonly deviceId: string;
  readonly label: string;
  readonly facingMode: Camera['facingMode'];
  readonly path: FramePath;
  readonly #reading: Reading;
  readonly #track: MediaStreamTrack;
  readonly #loops = new Set<CameraFrames>();
  readonly #listening = new AbortController();
  #state: CameraState;
  #error: RtfqError | null = null;
  #isEnding = false;

  constructor(stream: MediaStream, reading: Reading) {
    super();
    const track = stream.getVideoTracks()[0]!;
    this.stream = stream;
    const { deviceId = '', facingMode } = track.getSettings();
    this.deviceId = deviceId;
    this.label = track.label;
    this.facingMode = facingMode === 'user' || facingMode === 'environment' ? facingMode : null;
    this.path = reading.path;
    this.#reading = reading;
    this.#track = track;
    this.#state = this.#playing();
    const { signal } = this.#listening;
    const update = () => this.#update();
    document.addEventListener('visibilitychange', update, { signal });
    track.addEventListener('mute', update, { signal });
    track.addEventListener('unmute', update, { signal });
    // Comes for an unplugged camera and a revoked permission, not for our own stop().
    track.addEventListener('ended', () => this.#lose(), { signal });
    if (track.readyState === 'ended') this.#lose();
  }

  get state(): CameraState {
    return this.#state;
  }

  get error(): RtfqError | null {
    return this.#error;
  }

  [Symbol.asyncIterator](): LiveFrames<CameraFrame> {
    return new CameraFrames({
      read: (newest) => this.#read(newest),
      joined: (frames) => this.#take(frames),
      left: (frames) => this.#loops.delete(frames),
    });
  }

  async dispose(): Promise<void> {
    if (this.#state === 'disposed') return;
    this.#release();
    this.#error = null;
    for (const frames of this.#loops) frames.end(null);
    this.#enter('disposed');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #read(newest: NewestFrame): () => void {
    const { path, video } = this.#reading;
    return path === 'video'
      ? readVideo(video, newest)
      : readTrack(this.#track, newest, () => this.#lose());
  }

  #take(frames: CameraFrames): void {
    if (this.#state === 'disposed') {
      frames.end(new RtfqError('DISPOSED', 'the camera has been disposed of'));
    } else if (this.#error !== null) {
      frames.end(this.#error);
    } else {
      this.#loops.add(frames);
      if (this.#state === 'live' && !this.#isEnding) frames.run();
    }
  }

  #playing(): CameraState {
    if (document.visibilityState === 'hidden') return 'hidden';
    return this.#track.muted ? 'muted' : 'live';
  }

  #update(): void {
    const state = this.#playing();
    if (state === this.#state) return;
    for (const frames of this.#loops) {
      if (state === 'live') frames.run();
      else frames.pause();
    }
    this.#enter(state);
  }

  /** The track has ended; why, the browser has to be asked. */
  #lose(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#release();
    for (const frames of this.#loops) frames.pause();
    void whyLost(this.deviceId).then((error) => {
      if (this.#state === 'disposed') return;
      this.#error = error;
      for (const frames of this.#loops) frames.end(error);
      this.#enter('lost');
    });
  }

  /** Gives the device back. */
  #release(): void {
    this.#isEnding = true;
    this.#listening.abort();
    stopTracks(this.stream);
    detach(this.stream, this.#reading.video);
  }

  #enter(state: CameraState): void {
    this.#state = state;
    const detail: CameraEvents['statechange'] = { state, error: this.#error };
    this.dispatchEvent(new CustomEvent('statechange', { detail }));
  }
}

async function whyLost(deviceId: string): Promise<RtfqError> {
  const [cameras, permission] = await Promise.all([
    listCameras().catch(() => []),
    queryPermission().catch(() => null),
  ]);
  return lossError({ deviceId, cameras, permission });
}

/** Rejects where the browser does not know this permission. */
async function queryPermission(): Promise<PermissionState | null> {
  const status = await navigator.permissions?.query({ name: 'camera' as PermissionName });
  return status?.state ?? null;
}

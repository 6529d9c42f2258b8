import type { RtfqError } from '../../errors.ts';
import type { LiveFrames } from '../types.ts';

/** A camera's picture; an ImageBitmap where the browser has no VideoFrame (Firefox for Android). */
export type CameraFrame = VideoFrame | ImageBitmap;

/** How frames are read. */
export type FramePath =
  /** `MediaStreamTrackProcessor`: as the camera gives them, no element needed. Chromium. */
  | 'track'
  /** `requestVideoFrameCallback`: from the element that shows them. Every browser. */
  | 'video';

/** Which camera to open, and how; for `openCamera`. */
export interface CameraOptions {
  /** One of `listCameras`; no other will do. The browser's choice unless told. */
  readonly deviceId?: string;
  /** Which way it should look, where there is a choice: `user` is the front camera of a phone. */
  readonly facingMode?: 'user' | 'environment';
  /** Pixels wished for, 640 x 480 unless told: more cost time to copy, and a network looks at fewer. */
  readonly width?: number;
  readonly height?: number;
  /** Frames per second wished for; the browser's choice unless told. */
  readonly frameRate?: number;
  /** An element of the page that shows the picture; frames are read from it where the path is `video`. */
  readonly video?: HTMLVideoElement;
  /** `auto` unless told: `track` where the browser has it in a window, `video` elsewhere. */
  readonly path?: FramePath | 'auto';
  /** Aborts the opening, also while the browser asks for permission; after that it has no effect. */
  readonly signal?: AbortSignal;
}

/** Whether frames come, and why not where they do not. */
export type CameraState =
  /** Frames come. */
  | 'live'
  /** The page is hidden: no frame is read until it is seen again. */
  | 'hidden'
  /** The browser or the system holds the picture back, as with a switch on the device: frames may come again. */
  | 'muted'
  /** For good: see `error`. A new one can be opened. */
  | 'lost'
  | 'disposed';

/** What the event `statechange` tells. */
export interface CameraStateDetail {
  readonly state: CameraState;
  /** Why, where the state is `lost`: `CAMERA_LOST` or `CAMERA_DENIED`. */
  readonly error: RtfqError | null;
}

/** Details by the event's type. */
export interface CameraEvents {
  readonly statechange: CameraStateDetail;
}

/**
 * An open camera.
 *
 * `for await (const frame of camera)` gives the newest frame each time it asks. The camera keeps its frames: each
 * is valid until the loop asks for the next one, is left, or the camera is disposed of, and then closed, once. What
 * has to live longer is cloned (`frame.clone()`). Several loops may run, each with frames of its own.
 *
 * A loop waits while the page is hidden or the picture muted, ends when the camera is disposed of, and rejects with
 * `CAMERA_LOST` (unplugged, or ended by the system) or `CAMERA_DENIED` (the permission was taken back).
 */
export interface Camera extends EventTarget, AsyncIterable<CameraFrame> {
  /** What the picture comes from, for elements that show it; its tracks are the camera's to stop. */
  readonly stream: MediaStream;
  /** To open the same one again; empty where the browser does not tell. */
  readonly deviceId: string;
  /** The device's name for the user. */
  readonly label: string;
  /** Which way it looks; null where the browser does not tell. */
  readonly facingMode: 'user' | 'environment' | null;
  readonly path: FramePath;
  readonly state: CameraState;
  /** Why the camera was lost; null otherwise. */
  readonly error: RtfqError | null;

  /** @throws RtfqError, from the loop: `CAMERA_LOST` | `CAMERA_DENIED` | `DISPOSED`, as the camera was before */
  [Symbol.asyncIterator](): LiveFrames<CameraFrame>;

  /** Stops the tracks, ends the loops and closes what frames they hold. May be called again. */
  dispose(): Promise<void>;
  /** As `dispose`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;

  addEventListener<Type extends keyof CameraEvents>(
    type: Type,
    listener: (event: CustomEvent<CameraEvents[Type]>) => void,
    options?: AddEventListenerOptions | boolean,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: AddEventListenerOptions | boolean,
  ): void;
}

/** One of the cameras that `listCameras` lists. */
export interface CameraInfo {
  /** Empty as long as the page has no permission; the browser then tells only that there are cameras. */
  readonly deviceId: string;
  /** The device's name for the user; empty likewise. */
  readonly label: string;
}

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { commands } from 'vitest/browser';
import {
  type Camera,
  type CameraInfo,
  type CameraOptions,
  type CameraState,
  listCameras,
  openCamera,
  watchCameras,
} from '../../src/index.ts';
import { openFixed } from '../support/fixedClassifier.ts';
import { FrameLedger } from '../support/frameLedger.ts';

const opened: Camera[] = [];
let ledger: FrameLedger;

beforeEach(async () => {
  await commands.setCameraPermission(true);
  ledger = new FrameLedger();
});

afterEach(async () => {
  for (const camera of opened.splice(0)) await camera.dispose();
  vi.restoreAllMocks();
  Reflect.deleteProperty(document, 'visibilityState');
  ledger.restore();
});

async function open(options?: CameraOptions): Promise<Camera> {
  const camera = await openCamera(options);
  opened.push(camera);
  return camera;
}

function trackOf(camera: Camera): MediaStreamTrack {
  return camera.stream.getVideoTracks()[0]!;
}

/** No flag unplugs the fake camera: its track's event is all that a page would see. */
function unplug(camera: Camera): void {
  trackOf(camera).dispatchEvent(new Event('ended'));
}

function setVisible(isVisible: boolean): void {
  const value = isVisible ? 'visible' : 'hidden';
  Object.defineProperty(document, 'visibilityState', { configurable: true, value });
  document.dispatchEvent(new Event('visibilitychange'));
}

function statesOf(camera: Camera): CameraState[] {
  const states: CameraState[] = [];
  camera.addEventListener('statechange', ({ detail }) => states.push(detail.state));
  return states;
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Reads frames until the loop ends by itself. */
async function readAll(camera: Camera, onFrame = () => {}): Promise<void> {
  for await (const _ of camera) onFrame();
}

describe.each(['track', 'video'] as const)('frames by the path %s', (path) => {
  test('arrive one after another, each once', async () => {
    const camera = await open({ path, width: 320, height: 240 });
    expect(camera).toMatchObject({ path, state: 'live', error: null });
    const times: number[] = [];
    for await (const frame of camera) {
      expect(frame).toBeInstanceOf(VideoFrame);
      expect((frame as VideoFrame).displayWidth).toBe(320);
      times.push((frame as VideoFrame).timestamp);
      if (times.length === 10) break;
    }
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
  });

  test('are the newest for a loop that is slow', async () => {
    const camera = await open({ path });
    const frames = camera[Symbol.asyncIterator]();
    const first = (await frames.next()).value as VideoFrame;
    const { timestamp: firstUs } = first;
    const startMs = performance.now();
    await delay(600);
    const { timestamp: secondUs } = (await frames.next()).value as VideoFrame;
    const behindMs = performance.now() - startMs - (secondUs - firstUs) / 1000;
    expect(frames.dropped).toBeGreaterThan(3);
    expect(behindMs).toBeLessThan(300);
    expect(frames.intervalMs).toBeGreaterThan(10);
    expect(frames.intervalMs).toBeLessThan(200);
    await frames.return!();
  });

  test('are closed exactly once: given, missed, left by a break, an error, the camera’s end', async () => {
    const camera = await open({ path });
    let count = 0;
    for await (const _ of camera) {
      await delay(20 * (count % 4));
      if (++count === 12) break;
    }
    const failing = async () => {
      for await (const _ of camera) throw new Error('in the loop');
    };
    await expect(failing()).rejects.toThrow('in the loop');
    const frames = camera[Symbol.asyncIterator]();
    await frames.next();
    const waiting = frames.next();
    await delay(100);
    await camera.dispose();
    await waiting;
    await delay(100);
    expect(ledger.count).toBeGreaterThan(count);
    expect(ledger.faults).toEqual([]);
  });

  test('stop while the page is hidden and go on when it is seen', async () => {
    const camera = await open({ path });
    const states = statesOf(camera);
    let count = 0;
    const reading = readAll(camera, () => count++);
    await vi.waitUntil(() => count > 2);
    setVisible(false);
    await delay(100);
    const whileHidden = count;
    await delay(400);
    expect(count).toBe(whileHidden);
    expect(camera.state).toBe('hidden');
    setVisible(true);
    await vi.waitUntil(() => count > whileHidden + 2);
    await camera.dispose();
    await reading;
    expect(states).toEqual(['hidden', 'live', 'disposed']);
    await delay(50);
    expect(ledger.faults).toEqual([]);
  });

  test('stop while the camera is muted and go on afterwards', async () => {
    const camera = await open({ path });
    let count = 0;
    const reading = readAll(camera, () => count++);
    await vi.waitUntil(() => count > 0);
    const muted = vi.spyOn(trackOf(camera), 'muted', 'get').mockReturnValue(true);
    trackOf(camera).dispatchEvent(new Event('mute'));
    expect(camera.state).toBe('muted');
    await delay(100);
    const whileMuted = count;
    await delay(200);
    expect(count).toBe(whileMuted);
    muted.mockReturnValue(false);
    trackOf(camera).dispatchEvent(new Event('unmute'));
    await vi.waitUntil(() => count > whileMuted);
    await camera.dispose();
    await reading;
  });

  test('end with CAMERA_LOST when the camera is unplugged, which can then be opened again', async () => {
    const options = { path };
    const camera = await open(options);
    const states = statesOf(camera);
    let count = 0;
    const reading = readAll(camera, () => count++);
    await vi.waitUntil(() => count > 0);
    const enumerate = vi.spyOn(navigator.mediaDevices, 'enumerateDevices').mockResolvedValue([]);
    unplug(camera);
    await expect(reading).rejects.toMatchObject({ code: 'CAMERA_LOST', got: 'unplugged' });
    await vi.waitUntil(() => states.length > 0);
    expect(states).toEqual(['lost']);
    expect(camera).toMatchObject({ state: 'lost', error: { code: 'CAMERA_LOST' } });
    expect(trackOf(camera).readyState).toBe('ended');
    await expect(readAll(camera)).rejects.toMatchObject({ code: 'CAMERA_LOST' });
    enumerate.mockRestore();

    const again = await open(options);
    for await (const frame of again) {
      expect(frame).toBeInstanceOf(VideoFrame);
      break;
    }
    expect(ledger.faults).toEqual([]);
  });

  test('end with CAMERA_DENIED when the permission is taken back', async () => {
    const camera = await open({ path });
    let count = 0;
    const reading = readAll(camera, () => count++);
    const ending = expect(reading).rejects.toMatchObject({ code: 'CAMERA_DENIED' });
    await vi.waitUntil(() => count > 0);
    await commands.setCameraPermission(false);
    await ending;
    await expect(open({ path })).rejects.toMatchObject({ code: 'CAMERA_DENIED' });
    await commands.setCameraPermission(true);
    await open({ path });
    expect(ledger.faults).toEqual([]);
  });

  test('are classified by a stream, whose loop the camera’s end ends', async () => {
    const classifier = await openFixed({ backend: 'wasm' });
    const camera = await open({ path });
    let count = 0;
    for await (const { classes } of classifier.stream(camera, { topK: 10, smoothingMs: 200 })) {
      expect(classes).toHaveLength(10);
      expect(classes.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 6);
      if (++count === 10) await camera.dispose();
    }
    expect(count).toBeGreaterThanOrEqual(10);
    expect(classifier.stats.frames).toBe(count);
    await classifier.dispose();
    expect(ledger.count).toBeGreaterThanOrEqual(2 * count);
    expect(ledger.faults).toEqual([]);
  });

  test('come from two cameras at once, in several loops', async () => {
    const [first, second] = await listCameras();
    const cameras = [
      await open({ path, deviceId: first!.deviceId }),
      await open({ path, deviceId: second!.deviceId }),
    ];
    expect(cameras.map(({ deviceId }) => deviceId)).toEqual([first!.deviceId, second!.deviceId]);
    expect(new Set(cameras.map(({ label }) => label)).size).toBe(2);
    const takeFive = async (camera: Camera) => {
      let count = 0;
      for await (const _ of camera) if (++count === 5) return count;
      return count;
    };
    const counts = await Promise.all([...cameras, ...cameras].map(takeFive));
    expect(counts).toEqual([5, 5, 5, 5]);
    await cameras[0]!.dispose();
    expect(await takeFive(cameras[1]!)).toBe(5);
    expect(ledger.faults).toEqual([]);
  });
});

test('the frames of a browser without track processors come from a video', async () => {
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, 'MediaStreamTrackProcessor')!;
  Reflect.deleteProperty(globalThis, 'MediaStreamTrackProcessor');
  try {
    expect((await open()).path).toBe('video');
    await expect(open({ path: 'track' })).rejects.toMatchObject({ code: 'CAMERA_UNAVAILABLE' });
  } finally {
    Object.defineProperty(globalThis, 'MediaStreamTrackProcessor', descriptor);
  }
  expect((await open()).path).toBe('track');
});

test('a browser without VideoFrame gives bitmaps, one without frame callbacks new pictures only', async () => {
  vi.stubGlobal('VideoFrame', undefined);
  const callbacks = ['requestVideoFrameCallback', 'cancelVideoFrameCallback'] as const;
  const prototype = HTMLVideoElement.prototype;
  const originals = callbacks.map((name) => Object.getOwnPropertyDescriptor(prototype, name)!);
  for (const name of callbacks) Reflect.deleteProperty(prototype, name);
  try {
    const camera = await open({ path: 'video' });
    const bitmaps: ImageBitmap[] = [];
    for await (const frame of camera) {
      expect(frame).toBeInstanceOf(ImageBitmap);
      bitmaps.push(frame as ImageBitmap);
      expect(bitmaps.at(-1)!.width).toBe(640);
      if (bitmaps.length === 3) break;
    }
    expect(bitmaps.map(({ width }) => width)).toEqual([0, 0, 0]);
  } finally {
    for (const [i, name] of callbacks.entries()) {
      Object.defineProperty(prototype, name, originals[i]!);
    }
    vi.unstubAllGlobals();
  }
});

test('an element of the page shows the camera until its end', async () => {
  for (const path of ['track', 'video'] as const) {
    const video = document.createElement('video');
    const camera = await open({ path, video });
    expect(video.srcObject).toBe(camera.stream);
    expect(video).toMatchObject({ paused: false, muted: true, videoWidth: 640 });
    await camera.dispose();
    expect(video.srcObject).toBeNull();
  }
});

test('disposing stops the tracks, may be repeated, and nothing works afterwards', async () => {
  const camera = await open();
  const states = statesOf(camera);
  await camera.dispose();
  await camera[Symbol.asyncDispose]();
  expect(trackOf(camera).readyState).toBe('ended');
  await expect(readAll(camera)).rejects.toMatchObject({ code: 'DISPOSED' });
  unplug(camera);
  setVisible(false);
  await delay(50);
  expect(states).toEqual(['disposed']);
});

test('a camera that is disposed of in the moment of its loss stays disposed of', async () => {
  const camera = await open();
  const states = statesOf(camera);
  unplug(camera);
  await camera.dispose();
  await delay(50);
  expect(states).toEqual(['disposed']);
  expect(camera).toMatchObject({ state: 'disposed', error: null });
});

test('a camera that is not allowed is refused as CAMERA_DENIED', async () => {
  await commands.setCameraPermission(false);
  await expect(open()).rejects.toMatchObject({
    code: 'CAMERA_DENIED',
    got: expect.stringContaining('NotAllowedError'),
  });
});

test('a camera that is not there is refused as CAMERA_NOT_FOUND', async () => {
  await expect(open({ deviceId: 'nobody' })).rejects.toMatchObject({ code: 'CAMERA_NOT_FOUND' });
});

test('an abort while the browser asks rejects at once; a late yes is taken back', async () => {
  const devices = navigator.mediaDevices;
  const real = await devices.getUserMedia({ video: true });
  let answer!: (stream: MediaStream) => void;
  const asking = new Promise<MediaStream>((resolve) => {
    answer = resolve;
  });
  vi.spyOn(devices, 'getUserMedia').mockReturnValue(asking);
  const controller = new AbortController();
  const opening = open({ signal: controller.signal });
  controller.abort();
  await expect(opening).rejects.toMatchObject({ code: 'ABORTED' });
  expect(real.getTracks()[0]!.readyState).toBe('live');
  answer(real);
  await vi.waitUntil(() => real.getTracks()[0]!.readyState === 'ended');
});

test('an abort while the video starts gives the camera back', async () => {
  const getUserMedia = vi.spyOn(navigator.mediaDevices, 'getUserMedia');
  const controller = new AbortController();
  const video = document.createElement('video');
  vi.spyOn(video, 'play').mockImplementation(() => {
    controller.abort();
    return new Promise(() => {});
  });
  await expect(open({ video, signal: controller.signal })).rejects.toMatchObject({
    code: 'ABORTED',
  });
  const stream = await getUserMedia.mock.results[0]!.value;
  expect(stream.getTracks()[0].readyState).toBe('ended');
  expect(video.srcObject).toBeNull();
});

test('the list of cameras is told now and on each change, until the watch ends', async () => {
  await open(); // with a camera open the browser tells names
  const told: (readonly CameraInfo[])[] = [];
  const stop = watchCameras((cameras) => told.push(cameras));
  await vi.waitUntil(() => told.length === 1);
  expect(told[0]!.map(({ label }) => label)).toEqual(['fake_device_0', 'fake_device_1']);
  vi.spyOn(navigator.mediaDevices, 'enumerateDevices').mockResolvedValue([]);
  navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
  await vi.waitUntil(() => told.length === 2);
  expect(told[1]).toEqual([]);
  stop();
  navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
  await delay(50);
  expect(told).toHaveLength(2);
});

import { afterEach, expect, test, vi } from 'vitest';
import { choosePath, constraintsOf } from '../../../../src/client/camera/options.ts';
import { type CameraOptions, openCamera } from '../../../../src/index.ts';

afterEach(() => vi.unstubAllGlobals());

test('only a device id is demanded, all else is wished for', () => {
  expect(constraintsOf({})).toEqual({ width: { ideal: 640 }, height: { ideal: 480 } });
  const all = {
    deviceId: 'a',
    facingMode: 'user',
    width: 320,
    height: 240,
    frameRate: 15,
  } as const;
  expect(constraintsOf(all)).toEqual({
    width: { ideal: 320 },
    height: { ideal: 240 },
    frameRate: { ideal: 15 },
    deviceId: { exact: 'a' },
    facingMode: { ideal: 'user' },
  });
});

test('an empty device id, which is what pages without permission are told, names no camera', () => {
  expect(constraintsOf({ deviceId: '' })).not.toHaveProperty('deviceId');
});

test.each<[string, unknown]>([
  ['deviceId', 7],
  ['facingMode', 'left'],
  ['path', 'canvas'],
  ['width', 0],
  ['height', Number.NaN],
  ['frameRate', -1],
])('%s is refused by name when it is %s', (field, value) => {
  const options = { [field]: value } as CameraOptions;
  expect(() => constraintsOf(options)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(field) }),
  );
});

test('frames are read from the track where the browser can, else from a video', () => {
  expect(choosePath()).toBe('video');
  expect(() => choosePath('track')).toThrow(
    expect.objectContaining({ code: 'CAMERA_UNAVAILABLE', hint: expect.stringContaining('path') }),
  );
  vi.stubGlobal('MediaStreamTrackProcessor', class {});
  expect(choosePath('auto')).toBe('track');
  expect(choosePath('video')).toBe('video');
});

test('where there are no cameras to be had, opening one says what is missing', async () => {
  vi.stubGlobal('navigator', {});
  await expect(openCamera()).rejects.toMatchObject({
    code: 'CAMERA_UNAVAILABLE',
    expected: expect.stringContaining('https'),
  });
  await expect(openCamera({ signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'ABORTED',
  });
});

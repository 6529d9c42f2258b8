import { invalidArgument, RtfqError } from '../../errors.ts';
import { canReadTracks } from './trackReader.ts';
import type { CameraOptions, FramePath } from './types.ts';

const wished = { width: 640, height: 480 };
const paths: Record<FramePath | 'auto', true> = { auto: true, track: true, video: true };
const facingModes: Record<NonNullable<CameraOptions['facingMode']>, true> = {
  user: true,
  environment: true,
};

/**
 * What to ask the browser for: the device has to be that one, all else is wished for.
 * @throws RtfqError `INVALID_ARGUMENT`
 */
export function constraintsOf(options: CameraOptions): MediaTrackConstraints {
  const { deviceId, facingMode, frameRate, path = 'auto' } = options;
  const { width = wished.width, height = wished.height } = options;
  if (deviceId !== undefined && typeof deviceId !== 'string')
    invalidArgument('deviceId', deviceId, 'text');
  if (facingMode !== undefined) expectOneOf('facingMode', facingMode, facingModes);
  expectOneOf('path', path, paths);
  for (const [name, value] of Object.entries({ width, height, frameRate })) {
    if (value !== undefined && !(Number.isFinite(value) && value > 0)) {
      invalidArgument(name, value, 'a number above 0');
    }
  }
  return {
    width: { ideal: width },
    height: { ideal: height },
    ...(frameRate === undefined ? {} : { frameRate: { ideal: frameRate } }),
    // A page without permission is told no ids: an empty one names no camera.
    ...(deviceId ? { deviceId: { exact: deviceId } } : {}),
    ...(facingMode === undefined ? {} : { facingMode: { ideal: facingMode } }),
  };
}

/**
 * The path to read frames by.
 * @throws RtfqError `CAMERA_UNAVAILABLE` when the browser does not have the one that was asked for
 */
export function choosePath(asked: FramePath | 'auto' = 'auto'): FramePath {
  const hasProcessor = canReadTracks();
  if (asked === 'track' && !hasProcessor) {
    throw new RtfqError('CAMERA_UNAVAILABLE', 'frames cannot be read from the track here', {
      got: 'no MediaStreamTrackProcessor',
      hint: "leave out `path`, or set it to 'video'",
    });
  }
  if (asked !== 'auto') return asked;
  return hasProcessor ? 'track' : 'video';
}

function expectOneOf(field: string, value: string, known: Readonly<Record<string, true>>): void {
  if (!Object.hasOwn(known, value)) invalidArgument(field, value, Object.keys(known).join(' | '));
}

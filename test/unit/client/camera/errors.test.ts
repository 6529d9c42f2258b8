import { expect, test } from 'vitest';
import { type Loss, lossError, openingFailed } from '../../../../src/client/camera/errors.ts';
import { RtfqError } from '../../../../src/errors.ts';

test.each([
  ['NotAllowedError', 'CAMERA_DENIED'],
  ['SecurityError', 'CAMERA_DENIED'],
  ['NotFoundError', 'CAMERA_NOT_FOUND'],
  ['OverconstrainedError', 'CAMERA_NOT_FOUND'],
  ['NotReadableError', 'CAMERA_BUSY'],
  ['AbortError', 'CAMERA_BUSY'],
  ['TypeError', 'CAMERA_UNAVAILABLE'],
] as const)('%s of the browser is %s, with its words', (name, code) => {
  const cause = Object.assign(new Error('in its words'), { name });
  expect(openingFailed(cause)).toMatchObject({
    code,
    got: expect.stringContaining('in its words'),
    cause,
  });
});

test('an error of our own stays as it is', () => {
  const error = new RtfqError('ABORTED', 'by its signal');
  expect(openingFailed(error)).toBe(error);
});

const here = { deviceId: 'a', label: 'ours' };
const other = { deviceId: 'b', label: 'other' };
const withoutIds = { deviceId: '', label: '' };

test.each<[string, Omit<Loss, 'deviceId'>, string, string | undefined]>([
  ['none is left', { cameras: [], permission: 'granted' }, 'CAMERA_LOST', 'unplugged'],
  ['others are left', { cameras: [other], permission: 'prompt' }, 'CAMERA_LOST', 'unplugged'],
  [
    'it is still there',
    { cameras: [here, other], permission: 'granted' },
    'CAMERA_LOST',
    'ended by the browser or the system',
  ],
  [
    'it is still there, and nobody tells of permissions',
    { cameras: [here], permission: null },
    'CAMERA_LOST',
    'ended by the browser or the system',
  ],
  ['it is there and denied', { cameras: [here], permission: 'denied' }, 'CAMERA_DENIED', undefined],
  [
    'it is there, allowed for this once',
    { cameras: [here], permission: 'prompt' },
    'CAMERA_LOST',
    'ended by the browser or the system',
  ],
  ['ids are hidden', { cameras: [withoutIds], permission: null }, 'CAMERA_DENIED', undefined],
])('a camera that ends while %s', (_, loss, code, got) => {
  expect(lossError({ deviceId: 'a', ...loss })).toMatchObject({ code, got });
});

import type { Random } from '../support/random.ts';
import { pick } from './jsonMutations.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** Numbers that f32 arithmetic stumbles over. */
const hostileFloats: readonly number[] = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  0,
  -0,
  -1,
  2 ** -149,
  2 ** -126,
  2 ** -121,
  2 ** -120,
  3.4e38,
  -3.4e38,
  1e20,
];

/** Damage as disks, networks and hands do it: bits flip, pieces go missing, are repeated or come from elsewhere. */
export function damageBytes(bytes: Bytes, random: Random): Bytes {
  const at = () => Math.floor(random() * (bytes.length + 1));
  const few = () => 1 + Math.floor(random() ** 3 * 64);
  switch (pick(['flip', 'flip', 'flip', 'cut', 'end', 'repeat', 'insert', 'zero'], random)) {
    case 'flip': {
      const flipped = bytes.slice();
      for (let i = random() < 0.7 ? 1 : few(); i > 0; i--) {
        const bit = Math.floor(random() * 8 * bytes.length);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
      }
      return flipped;
    }
    case 'cut': {
      const start = at();
      return concat(bytes.subarray(0, start), bytes.subarray(start + few()));
    }
    case 'end':
      return bytes.slice(0, random() < 0.5 ? at() : Math.max(0, bytes.length - few()));
    case 'repeat': {
      const start = at();
      return concat(bytes.subarray(0, start + few()), bytes.subarray(start));
    }
    case 'insert': {
      const start = at();
      const noise = Uint8Array.from({ length: few() }, () => Math.floor(random() * 256));
      return concat(bytes.subarray(0, start), noise, bytes.subarray(start));
    }
    default: {
      const zeroed = bytes.slice();
      const start = at();
      return zeroed.fill(random() < 0.5 ? 0 : 255, start, start + few());
    }
  }
}

/** Puts numbers into a table that its reader must refuse, or that only look harmless. */
export function damageFloats(bytes: Bytes, random: Random): Bytes {
  const damaged = bytes.slice();
  const view = new DataView(damaged.buffer);
  const floats = damaged.length >> 2;
  for (let i = 1 + Math.floor(3 * random()); i > 0 && floats > 0; i--) {
    view.setFloat32(4 * Math.floor(random() * floats), pick(hostileFloats, random), true);
  }
  return damaged;
}

/** Gives an object of a JSON text one of its keys twice, with another value. */
export function repeatKey(json: string, random: Random): string {
  const keys = [...json.matchAll(/"(\w+)":/g)];
  const key = pick(keys, random);
  const value = pick(['0', '1', '8', '""', 'null', '[]', '{}', '"other"', '2147483647'], random);
  return `${json.slice(0, key.index)}"${key[1]}":${value},${json.slice(key.index)}`;
}

/** Puts something that is deep, long or odd into a JSON text. */
export function plantText(json: string, random: Random): string {
  const depth = 1 << Math.floor(4 + 11 * random());
  const planted = pick(
    [
      '['.repeat(depth),
      '{"a":'.repeat(depth),
      `${'['.repeat(depth)}${']'.repeat(depth)}`,
      '9'.repeat(depth),
      `1e${depth}`,
      `"${'\\u0000'.repeat(depth >> 3)}"`,
      '"\\ud800"',
      'NaN',
      '/* */',
      "'",
      '\ufeff',
      '<!doctype html>',
    ],
    random,
  );
  const at = Math.floor(random() * (json.length + 1));
  return json.slice(0, at) + planted + json.slice(at + (random() < 0.5 ? 0 : planted.length));
}

function concat(...parts: readonly Uint8Array[]): Bytes {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

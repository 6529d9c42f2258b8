import { expect, test } from 'vitest';
import { describeCommand } from '../../../src/cli/describeCommand.ts';

test.each([
  ['quantize --weights /home/me/net.safetensors', 'rtfq quantize --weights net.safetensors'],
  ['quantize --weights=/home/me/net.safetensors', 'rtfq quantize --weights=net.safetensors'],
  ['quantize --weights=/home/a=b/net.safetensors', 'rtfq quantize --weights=net.safetensors'],
  ['train --data=data/dslr --seed=3', 'rtfq train --data=data/dslr --seed=3'],
  ['probe --ratio=1/2 data=a/b', 'rtfq probe --ratio=1/2 data=a/b'],
])('of `%s` a model tells no folders of the disk', (typed, expected) => {
  expect(describeCommand(typed.split(' '))).toBe(expected);
});

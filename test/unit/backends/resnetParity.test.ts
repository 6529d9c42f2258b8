import { describe, expect, it } from 'vitest';
import { openWasmBackend } from '../../../src/backends/wasm/backend.ts';
import { formatSubnet } from '../../../src/network/subnet.ts';
import { compareWithReference, randomFrame } from '../../support/parity.ts';
import { openTinyResnet } from '../../support/tinyResnet.ts';

const seed = 4;

// Node 20 has no relaxed SIMD: this is the SIMD128 build. The browser tests run both.
describe('the wasm backend equals the reference to the bit, in every tensor of a ResNet', () => {
  const kinds = (['basic', 'bottleneck'] as const).flatMap((block) =>
    (['hidden', 'all'] as const).map((channels) => [block, channels] as const),
  );
  it.each(kinds)(`of %s blocks, %s channels sliced, seed ${seed}`, async (block, channels) => {
    const model = await openTinyResnet(block, channels, seed);
    const backend = await openWasmBackend();
    const frame = randomFrame(70, 61, seed);
    for (const entry of model.manifest.subnets) {
      const difference = await compareWithReference(backend, model, entry, frame);
      expect(difference, formatSubnet(entry)).toBeNull();
    }
  });
});

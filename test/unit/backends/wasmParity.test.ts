import { describe, expect, it } from 'vitest';
import { openWasmBackend } from '../../../src/backends/wasm/backend.ts';
import { formatSubnet } from '../../../src/network/subnet.ts';
import { compareWithReference, randomFrame } from '../../support/parity.ts';
import { openTinyModel } from '../../support/tinyModel.ts';

// Node 20 has no relaxed SIMD: this is the SIMD128 build. The browser tests run both.
describe('the wasm backend in Node', async () => {
  const model = await openTinyModel();
  for (const entry of model.manifest.subnets) {
    it(`equals the reference to the bit: ${formatSubnet(entry)}`, async () => {
      const backend = await openWasmBackend();
      const frame = randomFrame(50, 41, 7);
      expect(await compareWithReference(backend, model, entry, frame)).toBeNull();
    });
  }
});

import { describe, expect, it } from 'vitest';
import { openWasmBackend } from '../../../src/backends/wasm/backend.ts';
import { formatSubnet } from '../../../src/network/subnet.ts';
import { caseFrame, layerCases } from '../../support/layerCases.ts';
import { compareWithReference, randomFrame } from '../../support/parity.ts';
import { openRandomModel } from '../../support/randomModel.ts';
import { openTinyModel } from '../../support/tinyModel.ts';

// Node 20 has no relaxed SIMD: this is the SIMD128 build. The browser tests run both.
describe('the wasm backend in Node equals the reference to the bit', async () => {
  const model = await openTinyModel();
  for (const entry of model.manifest.subnets) {
    it(`on a whole network: ${formatSubnet(entry)}`, async () => {
      const backend = await openWasmBackend();
      const frame = randomFrame(50, 41, 7);
      expect(await compareWithReference(backend, model, entry, frame)).toBeNull();
    });
  }

  for (const { name, model: options } of layerCases(150, 1000)) {
    it(`on a layer: ${name}`, async () => {
      const layer = await openRandomModel(options);
      const backend = await openWasmBackend();
      const frame = caseFrame(options.seed);
      const [entry] = layer.manifest.subnets;
      expect(await compareWithReference(backend, layer, entry!, frame)).toBeNull();
    });
  }
});

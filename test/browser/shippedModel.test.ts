import { describe, expect, it } from 'vitest';
import { openReferenceBackend } from '../../src/backends/reference/backend.ts';
import { openWasmBackend } from '../../src/backends/wasm/backend.ts';
import { fetchModelFrom } from '../../src/download/fetchModel.ts';
import { openModel } from '../../src/model/reader.ts';
import { formatSubnet } from '../../src/network/subnet.ts';
import { compareTraces, randomFrame, runTraced } from '../support/parity.ts';

const modelUrl = new URL('/models/office31-a2w-mobilenetv2/model.json', location.href).href;

describe('the shipped model on wasm equals the reference to the bit, in every layer', async () => {
  const model = await openModel(fetchModelFrom(modelUrl));
  const { subnets, widths, resolutions, bits } = model.manifest;
  // Every bit-width at the largest and at the smallest size.
  const spread = subnets.filter(
    ({ width, resolution }) =>
      (width === widths[0] && resolution === resolutions[0]) ||
      (width === widths.at(-1) && resolution === resolutions.at(-1)),
  );

  it('has the subnets that are compared', () => {
    expect(spread.length).toBeGreaterThanOrEqual(2 * bits.length);
  });

  for (const entry of spread) {
    it(formatSubnet(entry), async () => {
      const frame = randomFrame(320, 240, 3);
      const expected = await runTraced(openReferenceBackend(), model, entry, frame);
      for (const simd of ['relaxed', 'simd128'] as const) {
        const got = await runTraced(await openWasmBackend({ simd }), model, entry, frame);
        expect(compareTraces(got, expected), simd).toBeNull();
      }
    });
  }
});

import { afterEach, describe, expect, it, vi } from 'vitest';
import { openWasmBackend, type WasmOptions } from '../../src/backends/wasm/backend.ts';
import { convKernels } from '../../src/kernels/table.ts';
import { formatSubnet } from '../../src/network/subnet.ts';
import { caseFrame, layerCases } from '../support/layerCases.ts';
import { compareWithReference, randomFrame } from '../support/parity.ts';
import { openRandomModel } from '../support/randomModel.ts';
import { openTinyModel } from '../support/tinyModel.ts';
import { openTinyResnet } from '../support/tinyResnet.ts';

const relaxedBuilds: readonly WasmOptions[] = convKernels.map(({ name }) => ({
  simd: 'relaxed',
  convKernel: name,
}));
const builds: readonly WasmOptions[] = [{ simd: 'auto' }, { simd: 'simd128' }, ...relaxedBuilds];

describe.each(builds)(
  'the wasm backend, $simd $convKernel, equals the reference to the bit',
  (build) => {
    it('on all subnets of a whole network', async () => {
      const model = await openTinyModel();
      const backend = await openWasmBackend(build);
      for (const entry of model.manifest.subnets) {
        const difference = await compareWithReference(
          backend,
          model,
          entry,
          randomFrame(50, 41, 7),
        );
        expect(difference, formatSubnet(entry)).toBeNull();
      }
    });

    it('on all subnets of a ResNet', async () => {
      const model = await openTinyResnet('bottleneck', 'all', 4);
      const backend = await openWasmBackend(build);
      const frame = randomFrame(70, 61, 4);
      for (const entry of model.manifest.subnets) {
        const difference = await compareWithReference(backend, model, entry, frame);
        expect(difference, formatSubnet(entry)).toBeNull();
      }
    });

    it('on layers of boundary shapes', async () => {
      for (const { name, model: options } of layerCases(150, 1000)) {
        const layer = await openRandomModel(options);
        const backend = await openWasmBackend(build);
        const frame = caseFrame(options.seed);
        const difference = await compareWithReference(
          backend,
          layer,
          layer.manifest.subnets[0]!,
          frame,
        );
        expect(difference, name).toBeNull();
      }
    });
  },
);

describe('choosing the build', () => {
  afterEach(() => vi.restoreAllMocks());

  it('takes relaxed SIMD in Chromium', async () => {
    expect((await openWasmBackend()).description).toContain('relaxed SIMD');
  });

  it('takes SIMD128 where the engine refuses relaxed SIMD, as Safari does', async () => {
    refuseModules(1);
    expect((await openWasmBackend()).description).toContain('SIMD128');
  });

  it('says so where the engine has no SIMD at all', async () => {
    refuseModules(2);
    await expect(openWasmBackend()).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
  });
});

/** Makes the engine call the next modules invalid, as one without their instructions does. */
function refuseModules(count: number): void {
  const validate = vi.spyOn(WebAssembly, 'validate');
  for (let i = 0; i < count; i++) validate.mockReturnValueOnce(false);
}

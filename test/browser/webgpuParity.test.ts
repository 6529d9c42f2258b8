import { afterEach, describe, expect, it } from 'vitest';
import { openReferenceBackend } from '../../src/backends/reference/backend.ts';
import { openWebgpuBackend, type WebgpuBackend } from '../../src/backends/webgpu/backend.ts';
import { fetchModelFrom } from '../../src/download/fetchModel.ts';
import { openModel } from '../../src/model/reader.ts';
import { formatSubnet } from '../../src/network/subnet.ts';
import { openExtremeModel } from '../support/extremeModel.ts';
import { caseFrame, layerCases } from '../support/layerCases.ts';
import { compareWithReference, randomFrame, runTraced } from '../support/parity.ts';
import { openRandomModel } from '../support/randomModel.ts';
import { openTinyModel } from '../support/tinyModel.ts';
import { openTinyResnet } from '../support/tinyResnet.ts';

const shippedUrl = new URL('/models/office31-a2w-mobilenetv2/model.json', location.href).href;

// The software adapter fuses no multiply-add, so here the contract's rule 10 is not made use of.
describe.each(['packed', 'float'] as const)(
  'the webgpu backend, %s dot products, equals the reference to the bit',
  (dot) => {
    let backend: WebgpuBackend;
    afterEach(() => backend.dispose());

    it('on all subnets of a whole network', async () => {
      const model = await openTinyModel();
      backend = await openWebgpuBackend({ dot });
      for (const entry of model.manifest.subnets) {
        const frame = randomFrame(50, 41, 7);
        const difference = await compareWithReference(backend, model, entry, frame);
        expect(difference, formatSubnet(entry)).toBeNull();
      }
    });

    it('on all subnets of a ResNet', async () => {
      const model = await openTinyResnet('bottleneck', 'all', 4);
      backend = await openWebgpuBackend({ dot });
      const frame = randomFrame(70, 61, 4);
      for (const entry of model.manifest.subnets) {
        const difference = await compareWithReference(backend, model, entry, frame);
        expect(difference, formatSubnet(entry)).toBeNull();
      }
    });

    it('on layers of boundary shapes', async () => {
      for (const { name, model: options } of layerCases(60, 1000)) {
        const layer = await openRandomModel(options);
        backend = await openWebgpuBackend({ dot });
        const frame = caseFrame(options.seed);
        const entry = layer.manifest.subnets[0]!;
        const difference = await compareWithReference(backend, layer, entry, frame);
        expect(difference, name).toBeNull();
        backend.dispose();
      }
    });

    it('on sums far beyond what f32 holds exactly', async () => {
      const model = await openExtremeModel();
      const entry = model.manifest.subnets[0]!;
      const black = { data: new Uint8Array(4 * 8 * 8), width: 8, height: 8 };
      const traced = await runTraced(openReferenceBackend(), model, entry, black);
      const read = traced.find(({ name }) => name === 'pool')!;
      expect(new Set(read.values)).toEqual(new Set([255]));
      backend = await openWebgpuBackend({ dot });
      expect(await compareWithReference(backend, model, entry, black)).toBeNull();
    });

    it('on the shipped model, at every bit-width', async () => {
      const model = await openModel(fetchModelFrom(shippedUrl));
      backend = await openWebgpuBackend({ dot });
      const { subnets, bits, resolutions } = model.manifest;
      for (const b of bits) {
        const entry = subnets.findLast(
          (subnet) => subnet.bits === b && subnet.resolution === resolutions.at(-1),
        )!;
        const frame = randomFrame(320, 240, 3);
        const difference = await compareWithReference(backend, model, entry, frame);
        expect(difference, formatSubnet(entry)).toBeNull();
      }
    });
  },
);

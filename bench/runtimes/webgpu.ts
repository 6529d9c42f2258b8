import { openWebgpuBackend } from '../../src/backends/webgpu/backend.ts';
import { openTfjsDevice } from '../../src/backends/webgpu/tfjsDevice.ts';
import type { BitWidth } from '../../src/quant/bits.ts';
import type { Contender } from './contender.ts';
import { GpuWorkCounter } from './gpuWork.ts';
import type { Material } from './material.ts';
import { openRtfq } from './rtfq.ts';
import { openTfjs } from './tfjs.ts';

/** tfjs in float and our kernels, on one device. */
export async function webgpuContenders(
  material: Material,
  bitWidths: readonly BitWidth[],
): Promise<readonly Contender[]> {
  const counter = new GpuWorkCounter();
  await openTfjsDevice();
  const contenders = [await openTfjs(material, 'webgpu')];
  for (const dot of ['float', 'packed'] as const) {
    for (const bits of bitWidths) {
      const subnet = { width: 1, resolution: material.resolution, bits };
      contenders.push(await openRtfq(material, subnet, () => openWebgpuBackend({ dot })));
    }
  }
  const counted: Contender[] = [];
  for (const contender of contenders) {
    counted.push({ ...contender, ...(await counter.count(() => contender.runFrame())) });
  }
  return counted;
}

import { openWebgpuBackend } from '../src/backends/webgpu/backend.ts';
import { openTfjsDevice } from '../src/backends/webgpu/tfjsDevice.ts';
import type { Model } from '../src/model/reader.ts';
import type { ModelFiles } from '../src/model/writer.ts';
import type { Subnet } from '../src/network/subnet.ts';
import type { Contender } from './contender.ts';
import { openRtfq } from './rtfq.ts';
import { openTfjs } from './tfjs.ts';

/** tfjs in float and our kernels, on one device. */
export async function webgpuContenders(
  files: ModelFiles,
  model: Model,
  subnet: Subnet,
): Promise<readonly Contender[]> {
  await openTfjsDevice();
  const contenders = [await openTfjs(model, subnet, 'webgpu')];
  for (const dot of ['float', 'packed'] as const) {
    for (const bits of model.manifest.bits) {
      contenders.push(await openRtfq(files, { ...subnet, bits }, await openWebgpuBackend({ dot })));
    }
  }
  const counted: Contender[] = [];
  for (const contender of contenders) {
    counted.push({ ...contender, dispatches: await countDispatches(() => contender.runFrame()) });
  }
  return counted;
}

async function countDispatches(run: () => unknown): Promise<number> {
  const { prototype } = GPUComputePassEncoder;
  const { dispatchWorkgroups } = prototype;
  let count = 0;
  prototype.dispatchWorkgroups = function counting(...size) {
    count += 1;
    dispatchWorkgroups.apply(this, size);
  };
  try {
    await run();
  } finally {
    prototype.dispatchWorkgroups = dispatchWorkgroups;
  }
  return count;
}

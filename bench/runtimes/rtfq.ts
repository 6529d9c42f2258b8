import type { Backend } from '../../src/backends/backend.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { openModel } from '../../src/model/reader.ts';
import { findSubnet, type Subnet } from '../../src/network/subnet.ts';
import { Session } from '../../src/runtime/session.ts';
import { readFrom } from '../../test/support/randomModel.ts';
import { type Contender, gzipBytes } from './contender.ts';
import type { Material } from './material.ts';

/** Our runtime on one subnet; model files are in memory, so that no network is timed. */
export async function openRtfq(
  { files, frame }: Pick<Material, 'files' | 'frame'>,
  subnet: Subnet,
  openBackend: () => Promise<Backend>,
  { note = '' }: { readonly note?: string } = {},
): Promise<Contender> {
  const startMs = performance.now();
  const backend = await openBackend();
  const session = new Session(await openModel(readFrom(files)), backend);
  await session.switchTo(subnet);
  await session.run(frame);
  const firstMs = performance.now() - startMs;
  return {
    runtime: 'rtfq',
    backend: [backend.name, backend.description, ...(note === '' ? [] : [note])].join(', '),
    threads: backend.threads?.count ?? 1,
    // Below 8 bit the layers that need it keep 8: see `defaultPinnedBits`.
    precision: `W${subnet.bits}A${subnet.bits}${subnet.bits < 8 ? ' mixed' : ''}`,
    bits: subnet.bits,
    firstMs,
    modelBytes: await gzipBytes(filesOf(session.model.manifest, subnet).map((f) => files.get(f)!)),
    runFrame: async () => (await session.run(frame)).logits,
  };
}

/** The files that one subnet needs. */
function filesOf(manifest: Manifest, subnet: Subnet): readonly string[] {
  const { shared, perBits } = manifest.packs;
  const { table } = findSubnet(manifest.subnets, subnet);
  const pack = perBits[manifest.bits.indexOf(subnet.bits)]!;
  return ['model.json', shared.file, pack.file, table.file];
}

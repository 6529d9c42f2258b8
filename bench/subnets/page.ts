import { openWasmBackend } from '../../src/backends/wasm/backend.ts';
import { openModel } from '../../src/model/reader.ts';
import { Session } from '../../src/runtime/session.ts';
import { randomFrame } from '../../test/support/parity.ts';
import { median } from '../timeRounds.ts';
import type { SubnetRow } from './result.ts';

export interface SubnetsOptions {
  /** URL of the model's folder. */
  readonly folder: string;
  readonly rounds: number;
}

declare global {
  var runSubnets: (options: SubnetsOptions) => Promise<{
    readonly backend: string;
    readonly rows: readonly SubnetRow[];
  }>;
}

/** Frames of a subnet in a round; the first follows a switch, of the others the last is the steady one. */
const framesPerVisit = 4;

globalThis.runSubnets = async ({ folder, rounds }) => {
  const model = await openModel(async (file) => {
    const response = await fetch(`${folder}/${file}`);
    if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  });
  const backend = await openWasmBackend();
  const session = new Session(model, backend);
  // A camera's usual size: cropping and scaling are part of a frame.
  const frame = randomFrame(640, 480, 1);
  const measured = [];
  for (const { width, resolution, bits } of session.subnets) {
    const subnet = { width, resolution, bits };
    await session.prepare(subnet);
    measured.push({ subnet, firstMs: [] as number[], steadyMs: [] as number[] });
  }
  for (let round = -1; round < rounds; round++) {
    for (const { subnet, firstMs, steadyMs } of measured) {
      const times: number[] = [];
      for (let visit = 0; visit < framesPerVisit; visit++) {
        const startMs = performance.now();
        if (visit === 0) session.activate(subnet);
        await session.run(frame);
        times.push(performance.now() - startMs);
      }
      if (round < 0) continue;
      firstMs.push(times[0]!);
      steadyMs.push(times.at(-1)!);
    }
  }
  const rows = measured.map(({ subnet, firstMs, steadyMs }) => {
    return { ...subnet, runs: rounds, firstMs: median(firstMs), steadyMs: median(steadyMs) };
  });
  return { backend: backend.description, rows };
};

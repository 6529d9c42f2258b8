import { describe, expect, it, vi } from 'vitest';
import type { Backend, Program } from '../../../src/backends/backend.ts';
import { openReferenceBackend } from '../../../src/backends/reference/backend.ts';
import { openWasmBackend } from '../../../src/backends/wasm/backend.ts';
import { openEngine } from '../../../src/backends/wasm/engine.ts';
import { FrameInput } from '../../../src/backends/wasm/frameInput.ts';
import { Heap } from '../../../src/backends/wasm/heap.ts';
import { SingleThread } from '../../../src/backends/wasm/work.ts';
import { cropAndResize } from '../../../src/kernels/resize/reference.ts';
import type { SubnetEntry } from '../../../src/model/manifest.ts';
import type { Model } from '../../../src/model/reader.ts';
import { mobilenetv2 } from '../../../src/network/mobilenetv2.ts';
import { buildPlan } from '../../../src/network/plan.ts';
import { randomFrame } from '../../support/parity.ts';
import { openRandomModel } from '../../support/randomModel.ts';
import { openTinyModel } from '../../support/tinyModel.ts';

async function compile(backend: Backend, model: Model, entry: SubnetEntry): Promise<Program> {
  for (const id of ['shared', entry.bits] as const) {
    backend.loadPack(model.manifest, await model.readPack(id));
  }
  return backend.compile(buildPlan(model.manifest, entry, await model.readTable(entry)));
}

/** Leaves one page free, the memory's last. */
function fillUp(heap: Heap, allocate: Heap['allocate']): void {
  const { sizeBytes } = heap;
  let last = 0;
  while (heap.sizeBytes === sizeBytes) last = allocate(16);
  heap.free(last);
}

describe('the wasm backend', () => {
  it('keeps programs apart that share its memory, whatever the order and the frames', async () => {
    const model = await openTinyModel();
    const wasm = await openWasmBackend();
    const reference = openReferenceBackend();
    // The smallest first, so that each later one moves the shared memory.
    const entries = [...model.manifest.subnets].reverse();
    const pairs: (readonly [Program, Program])[] = [];
    for (const entry of entries) {
      pairs.push([await compile(wasm, model, entry), await compile(reference, model, entry)]);
    }
    const sizes = [1, 2, 3, 7, 31, 33, 64, 100, 131, 262];
    for (let i = 0; i < 60; i++) {
      const [got, expected] = pairs[(i * 7) % pairs.length]!;
      const frame = randomFrame(sizes[i % sizes.length]!, sizes[(i * 3) % sizes.length]!, i);
      expect(await got.run(frame), `run ${i}`).toEqual(await expected.run(frame));
    }
  });

  it('stays inside its memory with filters of odd length', async () => {
    const heap = new Heap();
    const { kernels } = await openEngine(heap.memory, 'simd128');
    // A filter from 130 to 126 pixels has 3 taps. The 130 rows between the passes, of 126 RGBX pixels, fill a
    // page but for 16 bytes: put at the end of the memory, they leave nothing to read past them.
    const frame = randomFrame(130, 130, 1);
    const side = 126;
    const image = heap.allocate(side * side * 4);
    const allocate = heap.allocate.bind(heap);
    vi.spyOn(heap, 'allocate').mockImplementation((sizeBytes) => {
      const isBetweenPasses = sizeBytes >= 130 * side * 4 && sizeBytes < 130 * 130 * 4;
      if (isBetweenPasses) fillUp(heap, allocate);
      return allocate(sizeBytes);
    });
    new FrameInput(heap, new SingleThread(kernels)).write(frame, 1, side, image);
    const written = heap.bytes.slice(image, image + side * side * 4);
    const rgb = written.filter((_, i) => i % 4 !== 3);
    expect(rgb).toEqual(cropAndResize(frame, 1, side));
  });

  it('runs what it ran before after a compilation for which there was no memory', async () => {
    const model = await openRandomModel({
      topology: mobilenetv2(10, 'torch'),
      classes: Array.from({ length: 10 }, (_, i) => `class ${i}`),
      widths: [1],
      resolutions: [224, 32],
      bits: [8],
      seed: 5,
    });
    const [large, small] = model.manifest.subnets;
    const wasm = await openWasmBackend();
    const program = await compile(wasm, model, small!);
    const frame = randomFrame(48, 48, 1);
    const logits = await program.run(frame);

    const grow = vi.spyOn(WebAssembly.Memory.prototype, 'grow').mockImplementation(() => {
      throw new RangeError('no more memory');
    });
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(compile(wasm, model, large!)).rejects.toMatchObject({ code: 'OUT_OF_MEMORY' });
      expect(await program.run(frame)).toEqual(logits);
    }
    grow.mockRestore();
    const larger = await compile(wasm, model, large!);
    expect(await larger.run(frame)).toHaveLength(10);
    expect(await program.run(frame)).toEqual(logits);
  });

  it('uses the memory of weights that were given back again', async () => {
    const model = await openTinyModel();
    const wasm = await openWasmBackend();
    const entryOf = (bits: number) => model.manifest.subnets.find((entry) => entry.bits === bits)!;
    const frame = randomFrame(48, 48, 1);
    const exchange = async (entry: SubnetEntry) => {
      const program = await compile(wasm, model, entry);
      const logits = program.run(frame);
      program.dispose();
      wasm.unloadPack(entry.bits);
      return logits;
    };
    const first = await exchange(entryOf(8));
    await exchange(entryOf(4));
    const grow = vi.spyOn(WebAssembly.Memory.prototype, 'grow');
    for (let i = 0; i < 5; i++) {
      await exchange(entryOf(4));
      expect(await exchange(entryOf(8))).toEqual(first);
    }
    expect(grow).not.toHaveBeenCalled();
    grow.mockRestore();
  });
});

import { describe, expect, it } from 'vitest';
import { openWasmBackend } from '../../../src/backends/wasm/backend.ts';
import { readFilesFrom } from '../../../src/cli/modelFiles.ts';
import { openModel } from '../../../src/model/reader.ts';
import { formatSubnet } from '../../../src/network/subnet.ts';
import { compareWithReference, randomFrame } from '../../support/parity.ts';

describe('the shipped model on wasm in Node equals the reference to the bit, in every layer', async () => {
  const model = await openModel(readFilesFrom('models/office31-a2w-mobilenetv2'));
  const { subnets, widths, resolutions } = model.manifest;
  // Of the smallest width, whose channels fill no whole words; the browser's test has the others.
  const narrow = subnets.filter(
    ({ width, resolution }) => width === widths.at(-1) && resolution === resolutions[0],
  );
  it.each(narrow.map((entry) => [formatSubnet(entry), entry] as const))('%s', async (_, entry) => {
    const backend = await openWasmBackend();
    expect(await compareWithReference(backend, model, entry, randomFrame(320, 240, 3))).toBeNull();
  });
});

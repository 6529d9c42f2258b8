import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkTarget } from '../../../src/cli/exportCommand.ts';
import { readFilesFrom, writeModelFiles } from '../../../src/cli/modelFiles.ts';
import type { Manifest } from '../../../src/model/manifest.ts';
import { openModel } from '../../../src/model/reader.ts';
import { tinyModelFiles } from '../../support/tinyModel.ts';

let dir: string;
let manifest: Manifest;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rtfq-export-'));
  await writeModelFiles(join(dir, 'model'), await tinyModelFiles());
  ({ manifest } = await openModel(readFilesFrom(join(dir, 'model'))));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function check(out: string): Promise<void> {
  return checkTarget(out, join(dir, 'model'), manifest);
}

test('a new file is fine, wherever, and so is an old one that is nobody’s', async () => {
  await check(join(dir, 'model/net.onnx'));
  await check(join(dir, 'nowhere/net.onnx'));
  await writeFile(join(dir, 'net.onnx'), 'old');
  await check(join(dir, 'net.onnx'));
});

test('no file of the model is written over, by whatever name', async () => {
  const refused = { code: 'INVALID_ARGUMENT', message: expect.stringContaining('of the model') };
  for (const { file } of [
    { file: 'model.json' },
    manifest.packs.shared,
    ...manifest.packs.perBits,
  ]) {
    await expect(check(join(dir, 'model', file))).rejects.toMatchObject(refused);
  }
  await symlink(join(dir, 'model/model.json'), join(dir, 'net.onnx'));
  await expect(check(join(dir, 'net.onnx'))).rejects.toMatchObject(refused);
});

test('neither a folder nor a device is replaced', async () => {
  await mkdir(join(dir, 'net.onnx'));
  await expect(check(join(dir, 'net.onnx'))).rejects.toMatchObject({ got: 'a folder' });
  await expect(check(devNull)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

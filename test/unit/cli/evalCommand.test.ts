import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { addEvalCommand } from '../../../src/cli/evalCommand.ts';
import { writeModelFiles } from '../../../src/cli/modelFiles.ts';
import { parseEvaluation } from '../../../src/training/report/evaluation.ts';
import { barsFrame } from '../../support/testFrames.ts';
import { tinyModelFiles } from '../../support/tinyModel.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rtfq-eval-'));
  await writeModelFiles(join(dir, 'tiny'), await tinyModelFiles());
  const { data, width, height } = barsFrame(1);
  const picture = sharp(Buffer.from(data), { raw: { width, height, channels: 4 } });
  for (const name of ['ant', 'bee']) {
    await mkdir(join(dir, 'pictures', name), { recursive: true });
    await picture
      .clone()
      .png()
      .toFile(join(dir, 'pictures', name, '1.png'));
  }
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(dir, { recursive: true, force: true });
});

/** `rtfq eval --record`, in this process. */
async function evaluate(...options: string[]): Promise<void> {
  const program = new Command();
  addEvalCommand(program, new AbortController().signal);
  const asked = ['--model', join(dir, 'tiny'), '--data', join(dir, 'pictures'), '--record'];
  await program.parseAsync(['eval', ...asked, '--subnet', '1.0,32,8', ...options], {
    from: 'user',
  });
}

test('results are printed even where they cannot be recorded', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {
    rmSync(join(dir, 'tiny'), { recursive: true });
  });
  await expect(evaluate('--json')).rejects.toThrow();
  expect(log).toHaveBeenCalledOnce();
  expect(parseEvaluation(log.mock.calls[0]![0]).subnets).toHaveLength(1);
});

test.each(['', 'x'.repeat(201)])(
  'a data set’s name that is too short or long is refused before anything is measured',
  async (name) => {
    // Also before the model is opened, which is not there any more.
    await rm(join(dir, 'tiny'), { recursive: true });
    await expect(evaluate('--dataset-name', name)).rejects.toThrow('the name of the data set');
  },
);

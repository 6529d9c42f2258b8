import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { writeModelFiles } from '../../../src/cli/modelFiles.ts';
import { addSimulateCommand } from '../../../src/cli/simulateCommand.ts';
import { tinyModelFiles } from '../../support/tinyModel.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rtfq-simulate-'));
  await writeModelFiles(dir, await tinyModelFiles());
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(dir, { recursive: true, force: true });
});

test('JSON has what the table has', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const program = new Command();
  addSimulateCommand(program);
  await program.parseAsync(['simulate', '--model', dir, '--json'], { from: 'user' });
  const { rows } = JSON.parse(log.mock.calls[0]![0]);
  expect(rows.length).toBeGreaterThan(0);
  for (const row of rows) {
    expect(Object.keys(row).sort()).toEqual([
      ...['accuracy', 'inBudget', 'lateInARow', 'policy', 'recoverySeconds'],
      ...['switchesPerMinute', 'trace'],
    ]);
  }
});

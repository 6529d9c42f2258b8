import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeFileAtomically } from '../../../../src/training/node/atomicFile.ts';
import { RunFolder } from '../../../../src/training/node/runFolder.ts';
import type { LogRecord } from '../../../../src/training/trainer/train.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rtfq-run-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function record(step: number): LogRecord {
  return { step, rateFactor: 1, durationMs: 5, subnets: [], gradientNorm: 1, confident: null };
}

describe('a run folder', () => {
  test('gives back the latest checkpoint and leaves nothing else behind', async () => {
    const folder = await RunFolder.open(join(dir, 'run'));
    expect(await folder.readCheckpoint()).toBeNull();
    await folder.save(Uint8Array.of(1, 2, 3));
    await folder.save(Uint8Array.of(4));
    expect([...(await folder.readCheckpoint())!]).toEqual([4]);
    expect(await readdir(join(dir, 'run'))).toEqual(['checkpoint.safetensors']);
  });

  test('takes the records of steps after the checkpoint out of the log', async () => {
    const folder = await RunFolder.open(dir);
    for (const step of [1, 2, 3]) await folder.append(record(step));
    await folder.rewindLog(2);
    await folder.append(record(3));
    expect((await folder.readLog()).map(({ step }) => step)).toEqual([1, 2, 3]);
  });

  test('reads a log whose last line was cut off', async () => {
    const folder = await RunFolder.open(dir);
    await folder.append(record(1));
    const log = join(dir, 'log.jsonl');
    await writeFile(log, `${await readFile(log, 'utf8')}{"step":2,"rat`);
    await folder.rewindLog(1);
    await folder.append(record(2));
    expect((await folder.readLog()).map(({ step }) => step)).toEqual([1, 2]);
  });

  test('clears away what a process that died was writing', async () => {
    await writeFile(join(dir, '.checkpoint.safetensors.123.tmp'), 'half');
    await RunFolder.open(dir);
    expect(await readdir(dir)).toEqual([]);
  });
});

describe('an atomic write', () => {
  test('that fails leaves the file as it was, and no other', async () => {
    const path = join(dir, 'file');
    await writeFileAtomically(path, Uint8Array.of(1));
    const unwritable = null as unknown as Uint8Array;
    await expect(writeFileAtomically(path, unwritable)).rejects.toThrow();
    expect([...(await readFile(path))]).toEqual([1]);
    expect(await readdir(dir)).toEqual(['file']);
  });

  test.skipIf(process.platform === 'win32')('survives kill -9 at any moment', async () => {
    const path = join(dir, 'file');
    for (const afterMs of [5, 20, 45]) {
      const writer = spawnWriter(path);
      await firstOutput(writer);
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      const exited = new Promise((resolve) => writer.once('exit', resolve));
      writer.kill('SIGKILL');
      await exited;
      const bytes = await readFile(path);
      expect(bytes.length).toBe(2 ** 20);
      expect(bytes.every((byte) => byte === bytes[0])).toBe(true);
    }
  });
});

/** A process that replaces the file over and over, each time by a mebibyte of another byte. */
function spawnWriter(path: string): ChildProcess {
  const url = (name: string) => pathToFileURL(join(import.meta.dirname, '../../../../', name)).href;
  const program = `
    const { writeFileAtomically } = await import(${JSON.stringify(url('src/training/node/atomicFile.ts'))});
    for (let i = 0; ; i = (i + 1) % 256) {
      await writeFileAtomically(${JSON.stringify(path)}, new Uint8Array(2 ** 20).fill(i));
      if (i === 1) console.log('writing');
    }`;
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function firstOutput(writer: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    writer.stdout!.once('data', () => resolve());
    writer.once('exit', () => reject(new Error('the writer died early')));
  });
}

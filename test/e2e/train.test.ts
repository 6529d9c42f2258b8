import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mobilenetv2 } from '../../src/network/mobilenetv2.ts';
import { encodeCheckpoint } from '../../src/training/checkpoint.ts';
import { syntheticClasses } from '../../src/training/node/synthetic/domains.ts';
import type { PartialRecipe } from '../../src/training/recipe/recipe.ts';
import { randomFloatNetwork } from '../support/tinyFloatNetwork.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const seed = 5;
const recipe: PartialRecipe = {
  seed,
  widths: [1],
  resolutions: [32],
  bits: [8],
  steps: 5,
  batch: { source: 2, target: 2 },
  calibration: { images: 4, batch: 4 },
};

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rtfq-train-cli-'));
  const network = randomFloatNetwork(mobilenetv2(syntheticClasses.length, 'torch'), seed);
  await writeFile(join(dir, 'random.safetensors'), encodeCheckpoint(network, syntheticClasses, {}));
  await writeFile(join(dir, 'recipe.json'), JSON.stringify(recipe));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command in the temporary folder, in one process; presses Ctrl-C when stderr says a word. */
function rtfq(args: readonly string[], interruptAt?: string): Promise<Outcome> {
  const loader = pathToFileURL(join(root, 'node_modules/tsx/dist/loader.mjs')).href;
  const command = ['--import', loader, join(root, 'src/cli/main.ts'), ...args];
  const child = spawn(process.execPath, command, { cwd: dir });
  let stdout = '';
  let stderr = '';
  let isInterrupted = false;
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
    if (isInterrupted || interruptAt === undefined || !stderr.includes(interruptAt)) return;
    isInterrupted = true;
    child.kill('SIGINT');
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

const trainArguments = [
  ...['train', '--recipe', 'recipe.json', '--weights', 'random.safetensors'],
  ...['--data', 'data/catalogue', '--target', 'data/webcam', '--out', 'run'],
];

// Windows knows no SIGINT between processes: it would end the child at once.
test.skipIf(process.platform === 'win32')(
  `drawn pictures, training, Ctrl-C, --resume, and a model that evaluates (seed ${seed})`,
  async () => {
    const drawn = await rtfq([
      ...['synthesize', '--out', 'data', '--per-class', '1', '--side', '64'],
    ]);
    expect(drawn.code, drawn.stderr).toBe(0);

    const stopped = await rtfq(trainArguments, 'step 1 of 5');
    expect(stopped.code, stopped.stderr).toBe(130);
    expect(stopped.stderr).toMatch(/20% \| step 1 of 5, loss \d+\.\d{3}, \d+ s left/);
    expect(stopped.stderr).toContain('[ABORTED]');
    expect(stopped.stderr).toContain('--resume');
    expect((await readdir(join(dir, 'run'))).sort()).toEqual([
      'checkpoint.safetensors',
      'log.jsonl',
    ]);

    const resumed = await rtfq([...trainArguments, '--resume', '--steps', '4']);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.stdout).toContain('run/model: 4 steps, 1 subnet,');
    const log = (await readFile(join(dir, 'run/log.jsonl'), 'utf8')).trimEnd().split('\n');
    expect(log.map((line) => JSON.parse(line).step)).toEqual([1, 2, 3, 4]);
    expect(await readFile(join(dir, 'run/report.html'), 'utf8')).toContain('rtfq eval --run');

    const evaluated = await rtfq([
      'eval',
      '--model',
      'run/model',
      '--data',
      'data/webcam',
      '--json',
    ]);
    expect(evaluated.code, evaluated.stderr).toBe(0);
    const report = JSON.parse(evaluated.stdout);
    expect(report).toMatchObject({
      model: 'run',
      subnets: [{ resolution: 32, bits: 8, images: syntheticClasses.length }],
    });
    expect(report.subnets[0].top1).not.toBeNaN();

    const ofRun = await rtfq([
      ...['eval', '--run', 'run', '--target', 'data/webcam', '--data', 'data/webcam'],
      ...['--limit', '1', '--compare', '--json', 'eval.json'],
    ]);
    expect(ofRun.code, ofRun.stderr).toBe(0);
    expect(ofRun.stdout).toContain('run after step 4');
    expect(ofRun.stdout).toContain('labels that differ');
    const reported = await rtfq([
      ...['report', '--run', 'run', '--eval', 'eval.json', '--out', 'page.html'],
    ]);
    expect(reported.code, reported.stderr).toBe(0);
    expect(await readFile(join(dir, 'page.html'), 'utf8')).toContain('Accuracy on webcam against');
  },
);

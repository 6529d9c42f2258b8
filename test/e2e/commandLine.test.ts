import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeModelFiles } from '../../src/cli/modelFiles.ts';
import { mobilenetv2 } from '../../src/network/mobilenetv2.ts';
import { encodeCheckpoint } from '../../src/training/checkpoint.ts';
import { parseEvaluation } from '../../src/training/report/evaluation.ts';
import { barsFrame } from '../support/testFrames.ts';
import { randomFloatNetwork } from '../support/tinyFloatNetwork.ts';
import { tinyModelFiles } from '../support/tinyModel.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let dir: string;

/** Runs the command as `npm run rtfq -- ...` does, in the temporary folder. */
function rtfq(...args: string[]) {
  const tsx = join(root, 'node_modules/tsx/dist/cli.mjs');
  const command = [tsx, join(root, 'src/cli/main.ts'), ...args];
  return spawnSync(process.execPath, command, { encoding: 'utf8', cwd: dir });
}

async function writePicture(path: string, seed: number): Promise<void> {
  const { data, width, height } = barsFrame(seed);
  const raw = { width, height, channels: 4 } as const;
  await sharp(Buffer.from(data), { raw }).png().toFile(join(dir, path));
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rtfq-cli-'));
  await writeModelFiles(join(dir, 'tiny'), await tinyModelFiles());
  for (const name of ['ant', 'bee']) {
    await mkdir(join(dir, 'pictures', name), { recursive: true });
    for (const i of [1, 2]) await writePicture(`pictures/${name}/${i}.png`, i);
  }
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('rtfq export', () => {
  const subnet = ['export', '--model', 'tiny', '--subnet', '0.5,24,4'];

  test('writes a file of each format, and says what to feed it', async () => {
    for (const format of ['onnx', 'tflite']) {
      const out = `exported/net.${format}`;
      const { status, stdout, stderr } = rtfq(...subnet, '--format', format, '--out', out);
      expect(status, stderr).toBe(0);
      expect(stdout).toContain(format === 'onnx' ? '1 x 3 x 24 x 24' : '1 x 24 x 24 x 3');
      expect(stdout).toContain('1 x 10');
      expect((await readFile(join(dir, out))).includes('subnet 0.5,24,4')).toBe(true);
    }
  });

  test('refuses an exact tflite, and to write where it cannot', () => {
    const tflite = rtfq(...subnet, '--format', 'tflite', '--exact', '--out', 'net.tflite');
    expect([tflite.status, tflite.stderr]).toEqual([1, expect.stringContaining('no exact tflite')]);
    const below = rtfq(...subnet, '--format', 'onnx', '--out', 'tiny/model.json/net.onnx');
    expect([below.status, below.stderr]).toEqual([1, expect.stringContaining('cannot write')]);
  });
});

describe('rtfq eval', () => {
  test('prints its report as JSON and nothing else, and records it', async () => {
    const { status, stdout, stderr } = rtfq(
      ...['eval', '--model', 'tiny', '--data', 'pictures', '--backend', 'reference'],
      ...['--subnet', '1.0,32,8', '--json', '--record', '--dataset-name', 'bars'],
    );
    expect(status, stderr).toBe(0);
    const report = parseEvaluation(stdout);
    expect(report).toMatchObject({
      model: 'tiny',
      backend: 'reference',
      dataset: 'bars',
      step: null,
    });
    expect(report.subnets).toHaveLength(1);
    const [subnet] = report.subnets;
    expect(subnet).toMatchObject({ width: 1, resolution: 32, bits: 8, images: 4 });
    for (const fraction of [subnet!.top1, subnet!.top5]) {
      expect([0, 0.25, 0.5, 0.75, 1]).toContain(fraction);
    }
    expect(subnet!.medianMs).toBeGreaterThan(0);
    const manifest = await readFile(join(dir, 'tiny/model.json'), 'utf8');
    expect(manifest).toContain('"dataset": "bars"');
  });

  test('says which options belong together', () => {
    const data = ['--data', 'pictures'];
    const wrong = [[], ['--run', 'x'], ['--model', 'tiny', '--compare']];
    const named = [/--model.*--run/, /--target/, /--compare.*--run/];
    wrong.forEach((options, i) => {
      const { status, stderr } = rtfq('eval', ...options, ...data);
      expect([status, stderr]).toEqual([2, expect.stringMatching(named[i]!)]);
    });
  });

  test('names the subnets that there are when asked for another', () => {
    const { status, stderr } = rtfq(
      ...['eval', '--model', 'tiny', '--data', 'pictures', '--subnet', '1.0,33,8'],
    );
    expect(status).toBe(1);
    expect(stderr).toContain('UNKNOWN_SUBNET');
    expect(stderr).toContain('expected: one of 1.0,32,8');
  });
});

test('rtfq inspect prints JSON, or a table', () => {
  const json = JSON.parse(rtfq('inspect', 'tiny', '--json').stdout);
  expect(json.subnets).toHaveLength(12);
  expect(rtfq('inspect', 'tiny').stdout).toContain('0.5,24,4');
});

describe('rtfq quantize', () => {
  test('makes a model of a checkpoint that inspect and eval take', async () => {
    const network = randomFloatNetwork(mobilenetv2(2, 'torch'), 1);
    await writeFile(join(dir, 'random.safetensors'), encodeCheckpoint(network, ['ant', 'bee'], {}));
    const quantized = rtfq(
      ...['quantize', '--weights', 'random.safetensors', '--topology', 'mobilenetv2'],
      ...['--calibrate', join(dir, 'pictures'), '--bits', '8', '--resolutions', '32'],
      ...['--out', 'random'],
    );
    expect(quantized.status, quantized.stderr).toBe(0);
    expect(quantized.stderr).toContain('100%');
    const manifest = await readFile(join(dir, 'random/model.json'), 'utf8');
    expect(manifest).toContain('rtfq quantize --weights random.safetensors');
    // An absolute path would tell where the model was made.
    expect(manifest).not.toContain(dir);
    const evaluated = rtfq('eval', '--model', 'random', '--data', 'pictures', '--json');
    expect(JSON.parse(evaluated.stdout).subnets).toMatchObject([{ resolution: 32, images: 4 }]);
  });

  test('names the file that is no checkpoint', async () => {
    await writeFile(join(dir, 'page.safetensors'), '<!doctype html>');
    const { status, stderr } = rtfq(
      ...['quantize', '--weights', 'page.safetensors', '--topology', 'mobilenetv2'],
      ...['--calibrate', 'pictures', '--bits', '8', '--out', 'never'],
    );
    expect(status).toBe(1);
    expect(stderr).toContain('WEIGHTS_FORMAT');
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

test('a usage error exits with 2 and says what is wrong', () => {
  const missing = rtfq('quantize', '--weights', 'x');
  expect(missing.status).toBe(2);
  expect(missing.stderr).toContain('--topology');
  expect(rtfq('inspect', '--depth').status).toBe(2);
  expect(rtfq('--help').status).toBe(0);
});

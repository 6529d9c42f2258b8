import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { createServer } from 'vite';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { softwareWebgpuFlags } from '../../scripts/chromium.mjs';
import type * as Rtfq from '../../src/index.ts';
import { launchChromium } from '../support/demoPage.ts';
import { FolderServer } from '../support/folderServer.ts';
import { PackedPackage } from '../support/packedPackage.ts';
import { shippedTop1 } from '../support/shippedModel.ts';

let packed: PackedPackage;
let browser: Browser;
beforeAll(async () => {
  packed = await PackedPackage.make();
  browser = await launchChromium([]);
});
afterAll(async () => {
  await browser?.close();
  await packed?.remove();
});

let closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing) await close();
  closing = [];
});

async function serve(folder: string, headers?: Readonly<Record<string, string>>): Promise<string> {
  const server = await FolderServer.start(folder, headers);
  closing.push(() => server.close());
  return server.url;
}

/** With the example's own bundler. */
function buildIn(folder: string): void {
  execFileSync('npm', ['run', 'build', '--silent'], { cwd: folder, stdio: 'pipe' });
}

const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** In the page: keeps what a worker says of its threads when it has opened a model. */
function noteThreads(): void {
  const page = globalThis as { rtfqThreads?: unknown };
  const { Worker } = globalThis;
  globalThis.Worker = class extends Worker {
    constructor(...given: ConstructorParameters<typeof Worker>) {
      super(...given);
      this.addEventListener('message', ({ data }) => {
        page.rtfqThreads ??= data?.value?.value?.capabilities?.threads;
      });
    }
  };
}

/** Opens the page, waits for its label and returns it with the page; complaints of the browser are failures. */
async function visit(url: string) {
  const page = await browser.newPage();
  closing.unshift(() => page.close());
  // How busy the machine is must not decide which subnet runs.
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'PressureObserver'));
  await page.addInitScript(noteThreads);
  // Browsers ask for an icon that no example has.
  await page.route('**/favicon.ico', (route) => route.fulfill({ status: 204 }));
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(url);
  const label = page.locator('#label');
  await expect
    .poll(async () => [complaints, await label.innerText()], { timeout: 60_000 })
    .toEqual([[], expect.not.stringContaining('Loading')]);
  const threads = await page.evaluate<unknown>('globalThis.rtfqThreads');
  return { page, label: await label.innerText(), threads };
}

const sharedLabel = { label: 'mug', threads: { count: Math.min(4, cpus().length), reason: null } };
const ownLabel = {
  label: 'mug',
  threads: { count: 1, reason: 'the page is not cross-origin isolated' },
};

describe('a page without a bundler', () => {
  const policy = "default-src 'none'; img-src 'self'; connect-src 'self'; worker-src 'self'";
  const noEval = {
    'Content-Security-Policy': `${policy}; script-src 'self' 'wasm-unsafe-eval'`,
  };

  test('has threads where it is cross-origin isolated, under such a policy too', async () => {
    const url = await serve(await packed.example('plain', ''), { ...noEval, ...isolation });
    expect(await visit(url)).toMatchObject(sharedLabel);
  });

  test('runs under a Content-Security-Policy that allows no eval', async () => {
    const url = await serve(await packed.example('plain', ''), noEval);
    const { page, ...got } = await visit(url);
    expect(got).toEqual(ownLabel);
    // It would not if the policy were not in force.
    const inline = page.addScriptTag({ content: 'globalThis.isInjected = true' });
    await expect(inline).rejects.toThrow('Content Security Policy');
  });

  test('downloads model files once: the next visit has them from the cache storage', async () => {
    const { page } = await visit(await serve(await packed.example('plain', '')));
    const opening = await page.evaluate<Rtfq.LoadProgress[]>(`(async () => {
      const { createClassifier, modelCache } = await import('./node_modules/rtfq/dist/index.js');
      const isWhole = ({ file, storedBytes, sizeBytes }) =>
        file === 'weights-4.bin' && storedBytes === sizeBytes;
      while (!(await modelCache.list()).some(isWhole)) await new Promise((go) => setTimeout(go, 50));
      const events = [];
      const onProgress = (event) => events.push(event);
      const classifier = await createClassifier({ model: './model/model.json', onProgress });
      await classifier.dispose();
      return events.filter(({ phase }) => phase === 'open');
    })()`);
    const pack = opening.filter(({ file }) => file === 'weights-4.bin');
    expect(pack).toHaveLength(1);
    expect(pack[0]!.totalBytes).toBeGreaterThan(1e6);
    expect(pack[0]).toMatchObject({
      loadedBytes: pack[0]!.totalBytes,
      cachedBytes: pack[0]!.totalBytes,
    });
  });

  test('can use WebGPU, whose code comes with the worker', async () => {
    const url = await serve(await packed.example('plain', ''));
    const withGpu = await launchChromium(softwareWebgpuFlags);
    closing.unshift(() => withGpu.close());
    const page = await withGpu.newPage();
    await page.route('**/main.js', (route) => route.fulfill({ contentType: 'text/javascript' }));
    await page.goto(url);
    // As text: the test's own build would take the import for one of its own.
    const { backend, cacheProblems } = await page.evaluate<Rtfq.Capabilities>(`(async () => {
      const { createClassifier } = await import('./node_modules/rtfq/dist/index.js');
      const classifier = await createClassifier({ model: './model/model.json', backend: 'webgpu' });
      await classifier.dispose();
      return classifier.capabilities;
    })()`);
    expect({ backend, cacheProblems }).toEqual({ backend: 'webgpu', cacheProblems: [] });
  });
});

describe('Vite', () => {
  test('builds a page without any configuration', async () => {
    const root = await packed.example('vite', 'public');
    buildIn(root);
    const dist = join(root, 'dist');
    expect(await visit(await serve(dist))).toMatchObject(ownLabel);
    expect(await visit(await serve(dist, isolation))).toMatchObject(sharedLabel);
  });

  test('serves it while it is developed', async () => {
    const root = await packed.example('vite', 'public');
    const server = await createServer({ root, configFile: false, logLevel: 'error' });
    closing.push(() => server.close());
    await server.listen(0);
    expect((await visit(server.resolvedUrls!.local[0]!)).label).toBe('mug');
  });
});

test('React shows a label, under StrictMode', async () => {
  const root = await packed.example('react', 'public');
  buildIn(root);
  expect((await visit(await serve(join(root, 'dist')))).label).toBe('mug');
});

test('webpack builds a page without any configuration for the package', async () => {
  const root = await packed.example('webpack', 'public');
  buildIn(root);
  const site = join(root, 'public');
  expect(await visit(await serve(site))).toMatchObject(ownLabel);
  expect(await visit(await serve(site, isolation))).toMatchObject(sharedLabel);
});

describe('Node', () => {
  test('classifies a picture with the files of a disk', async () => {
    const cwd = await packed.example('node', '');
    expect(execFileSync(process.execPath, ['main.js'], { cwd, encoding: 'utf8' })).toBe('mug\n');
  });

  test('imports every entry, and runs the command', async () => {
    const cwd = await packed.example('node', '');
    const script = `
      for (const name of ['', '/worker', '/runtime', '/train']) {
        console.log(Object.keys(await import('rtfq' + name)).includes('RtfqError'));
      }`;
    const run = ['--input-type=module', '--eval', script];
    expect(execFileSync(process.execPath, run, { cwd, encoding: 'utf8' }).split('\n')).toEqual([
      'true',
      'false',
      'true',
      'true',
      '',
    ]);
    const cli = [join('node_modules/rtfq/dist/cli.js'), 'inspect', 'model'];
    expect(execFileSync(process.execPath, cli, { cwd, encoding: 'utf8' })).toContain(
      await shippedTop1(),
    );
  });
});

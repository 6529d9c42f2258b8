import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { chromium, type Page } from 'playwright-core';
import { createServer } from 'vite';
import { chromiumFlags, findChromium, softwareWebgpuFlags } from '../scripts/chromium.mjs';
import { withoutFolders } from '../src/cli/describeCommand.ts';

export interface ChromiumOptions {
  /** Below the repository's root. */
  readonly page: string;
  /** V8's own. */
  readonly jsFlags?: string | undefined;
  /** An emulation of a GPU on the processor. */
  readonly softwareWebgpu?: boolean;
}

/** Where figures come from: without it they mean nothing. */
export interface Environment {
  readonly date: string;
  readonly machine: string;
  readonly chromium: string;
  readonly jsFlags: string | null;
  /** Whether pages may have threads that share memory; the clock is finer then, too. */
  readonly crossOriginIsolated: boolean;
  readonly command: string;
  /** Of ours, and of the peers' packages. */
  readonly versions: Readonly<Record<string, string>>;
}

// What a page needs to be cross-origin isolated.
const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

// Found late, a dependency makes Vite reload the page.
const exporterPackages = ['onnx-buf', '@bufbuild/protobuf', 'flatbuffers'];

/** Serves the repository and runs something on one of its pages, in a headless Chromium of its own. */
export async function runInChromium<Result>(
  { page: path, jsFlags, softwareWebgpu = false }: ChromiumOptions,
  run: (page: Page) => Promise<Result>,
): Promise<{ readonly result: Result; readonly environment: Environment }> {
  const server = await createServer({
    server: { port: 0, open: false, headers: isolationHeaders },
    // They find their wasm files beside themselves.
    optimizeDeps: { exclude: ['onnxruntime-web', '@litertjs/core'], include: exporterPackages },
    logLevel: 'error',
  });
  await server.listen();
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: [
      ...chromiumFlags,
      ...(softwareWebgpu ? softwareWebgpuFlags : []),
      ...(jsFlags === undefined ? [] : [`--js-flags=${jsFlags}`]),
    ],
  });
  try {
    const page = await browser.newPage();
    page.on('pageerror', (error) => console.error(error));
    // Progress; libraries use other kinds.
    page.on('console', (message) => {
      if (message.type() === 'info') console.log(message.text());
    });
    await page.goto(new URL(path, server.resolvedUrls!.local[0]).href);
    const result = await run(page);
    const environment = {
      date: new Date().toISOString(),
      machine: describeCpu(),
      chromium: browser.version(),
      jsFlags: jsFlags ?? null,
      crossOriginIsolated: await page.evaluate(() => crossOriginIsolated),
      versions: await readVersions(),
      command: ['npm run bench --', ...process.argv.slice(2).map(withoutFolders)].join(' '),
    };
    return { result, environment };
  } finally {
    await browser.close();
    await server.close();
  }
}

async function readVersions(): Promise<Record<string, string>> {
  const { version, dependencies, devDependencies } = JSON.parse(
    await readFile(new URL('../package.json', import.meta.url), 'utf8'),
  );
  const installed = { ...dependencies, ...devDependencies };
  const peers = ['@litertjs/core', 'onnxruntime-web', '@tensorflow/tfjs-backend-wasm'];
  return { rtfq: version, ...Object.fromEntries(peers.map((name) => [name, installed[name]])) };
}

export function describeCpu(): string {
  const [cpu, ...others] = cpus();
  return `${cpu?.model.trim()}, ${1 + others.length} cores`;
}

export function describeEnvironment(environment: Environment): string {
  const { machine, chromium, jsFlags, crossOriginIsolated } = environment;
  const flags = jsFlags === null ? '' : ` ${jsFlags}`;
  const isolation = crossOriginIsolated ? '' : 'not ';
  return `${machine}; Chromium ${chromium}${flags}, ${isolation}cross-origin isolated`;
}

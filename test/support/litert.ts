import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from './demoPage.ts';

declare global {
  var runTflite: (given: {
    readonly model: string;
    readonly side: number;
    readonly images: readonly string[];
  }) => Promise<number[][]>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const packages = '/node_modules/@litertjs/';
const busyMachineMs = 120_000;

const page = `<!doctype html>
<script type="importmap">
{"imports": {
  "@litertjs/core": "${packages}core/dist/index.js",
  "@litertjs/wasm-utils": "${packages}wasm-utils/dist/index.js"
}}
</script>
<script type="module">
import { Tensor, loadAndCompile, loadLiteRt } from '@litertjs/core';
await loadLiteRt('${packages}core/wasm/');
const bytesOf = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
globalThis.runTflite = async ({ model, side, images }) => {
  const compiled = await loadAndCompile(bytesOf(model), { accelerator: 'wasm' });
  const logits = [];
  for (const image of images) {
    const input = new Tensor(bytesOf(image), [1, side, side, 3]);
    const [output] = await compiled.run(input);
    logits.push(Array.from(output.toTypedArray()));
    input.delete();
    output.delete();
  }
  compiled.delete();
  return logits;
};
</script>`;

// A message of all 795 pictures ends the page.
const imagesPerMessage = 50;

/** LiteRT.js in headless Chromium: it runs on a page only. */
export class LiteRt {
  readonly #server: Server;
  readonly #browser: Browser;
  readonly #page: Page;

  private constructor(server: Server, browser: Browser, page: Page) {
    this.#server = server;
    this.#browser = browser;
    this.#page = page;
  }

  static async open(): Promise<LiteRt> {
    const server = await servePackages();
    const browser = await launchChromium([]);
    const page = await browser.newPage();
    page.setDefaultTimeout(busyMachineMs);
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction(() => 'runTflite' in globalThis);
    return new LiteRt(server, browser, page);
  }

  /** @param images side x side x 3 bytes each. @returns logits, an array an image */
  async run(
    model: Uint8Array,
    side: number,
    images: readonly Uint8Array[],
  ): Promise<readonly (readonly number[])[]> {
    const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
    const logits: (readonly number[])[] = [];
    for (let first = 0; first < images.length; first += imagesPerMessage) {
      const given = {
        model: base64(model),
        side,
        images: images.slice(first, first + imagesPerMessage).map(base64),
      };
      logits.push(...(await this.#page.evaluate((batch) => globalThis.runTflite(batch), given)));
    }
    return logits;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    this.#server.close();
  }
}

async function servePackages(): Promise<Server> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://localhost');
    if (!pathname.startsWith(packages)) {
      response.setHeader('Content-Type', 'text/html').end(page);
      return;
    }
    const type = pathname.endsWith('.wasm') ? 'application/wasm' : 'text/javascript';
    readFile(join(root, pathname)).then(
      (bytes) => response.setHeader('Content-Type', type).end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return server;
}

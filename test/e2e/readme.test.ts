import { execFileSync } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allowCamera, fakeCamera, launchChromium } from '../support/demoPage.ts';
import { writeClip } from '../support/fakeCamera.ts';
import { FolderServer } from '../support/folderServer.ts';
import { PackedPackage } from '../support/packedPackage.ts';
import { shippedTop1 } from '../support/shippedModel.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const viteVersion = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')).devDependencies
  .vite;

let packed: PackedPackage;
let browser: Browser;
/** A folder that was empty before `npm install`. */
let folder: string;

beforeAll(async () => {
  packed = await PackedPackage.make();
  folder = await packed.install([`vite@${viteVersion}`]);
  const clip = join(folder, 'desk.mjpeg');
  await writeClip(clip, [await sharp(join(root, 'docs/images/desk.svg')).png().toBuffer()], 1000);
  browser = await launchChromium([allowCamera, ...fakeCamera(clip)]);
});

afterAll(async () => {
  await browser?.close();
  await packed?.remove();
});

/** The first block of that language in README.md. */
async function firstBlock(language: string): Promise<string> {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const block = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(readme);
  expect(block, `a block of ${language}`).not.toBeNull();
  return block![1]!;
}

/** Waits until the page's paragraph says that; complaints of the browser are failures. */
async function expectWords(folderToServe: string, pattern: RegExp): Promise<void> {
  const server = await FolderServer.start(folderToServe);
  const page = await browser.newPage();
  try {
    await page.route('**/favicon.ico', (route) => route.fulfill({ status: 204 }));
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(server.url);
    const words = page.locator('p');
    await expect
      .poll(async () => [complaints, await words.innerText()], { timeout: 60_000 })
      .toEqual([[], expect.stringMatching(pattern)]);
  } finally {
    await page.close();
    await server.close();
  }
}

test('the lines that README begins with label what a camera sees, after a real npm install', async () => {
  await writeFile(join(folder, 'index.html'), await firstBlock('html'));
  await writeFile(join(folder, 'main.js'), await firstBlock('js'));
  await packed.addModel(join(folder, 'public/model'));
  const vite = join(folder, 'node_modules/vite/bin/vite.js');
  execFileSync(process.execPath, [vite, 'build', '--logLevel', 'error'], { cwd: folder });
  await expectWords(join(folder, 'dist'), /^mug: \d+ px, [468] bit$/);
});

test('the installed package serves a page without a bundler, and its command runs', async () => {
  await cp(join(root, 'examples/plain'), folder, { recursive: true });
  await cp(join(root, 'examples/mug.jpg'), join(folder, 'mug.jpg'));
  await packed.addModel(join(folder, 'model'));
  await expectWords(folder, /^mug$/);
  const rtfq = join(folder, 'node_modules/.bin/rtfq');
  expect(execFileSync(rtfq, ['inspect', 'model'], { cwd: folder, encoding: 'utf8' })).toContain(
    await shippedTop1(),
  );
});

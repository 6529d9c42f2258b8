// @ts-check
// Builds sw.js, which keeps the built demo for visits without a network.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const source = fileURLToPath(new URL('../src/demo/offline/serviceWorker.ts', import.meta.url));

/** Beside what Vite puts into assets/. */
const pageFiles = ['./', 'icon.svg', 'manifest.webmanifest'];

/** Larger files are tfjs, which only other backends need; they are kept when they are used. */
const mostBytes = 200_000;

/**
 * To be called when all other files have been written.
 * @param {string} dir the built page
 */
export async function writeServiceWorker(dir) {
  const version = createHash('sha256');
  const assets = readdirSync(join(dir, 'assets'))
    .sort()
    .filter((name) => !name.endsWith('.map'))
    .filter((name) => readFileSync(join(dir, 'assets', name)).length <= mostBytes);
  // Names of assets hold their hash, and a model.json those of its files.
  version.update(assets.join()).update(readFileSync(join(dir, 'index.html')));
  for (const model of readdirSync(join(dir, 'models')).sort()) {
    version.update(readFileSync(join(dir, 'models', model, 'model.json')));
  }
  const shellFiles = [...pageFiles, ...assets.map((name) => `assets/${name}`)];
  const build = await rolldown({ input: source, platform: 'browser' });
  const { output } = await build.generate({ format: 'iife', minify: true });
  await build.close();
  const buildVersion = version.digest('hex').slice(0, 12);
  const constants =
    `const shellFiles = ${JSON.stringify(shellFiles)};\n` +
    `const buildVersion = ${JSON.stringify(buildVersion)};\n`;
  writeFileSync(join(dir, 'sw.js'), constants + output[0].code);
}

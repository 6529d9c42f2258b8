// @ts-check
// How each entry of the package is bundled. Used to build it and to weigh it.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const distDir = join(root, 'dist');

/** @typedef {{ name: string, source: string, platform: 'browser' | 'node' }} Entry */

/** @type {readonly Entry[]} */
export const browserEntries = [
  { name: 'index', source: 'src/index.ts', platform: 'browser' },
  { name: 'worker', source: 'src/worker/main.ts', platform: 'browser' },
];

/** @type {Entry} */
export const reactEntry = { name: 'react', source: 'src/react/index.ts', platform: 'browser' };

/** @type {Entry} */
export const cliEntry = { name: 'cli', source: 'src/cli/main.ts', platform: 'node' };

const workerInSource = "new URL('../worker/main.ts', import.meta.url)";
const workerInPackage = "new URL('./worker.js', import.meta.url)";

/**
 * The client names the worker as a source file, the package as a built one. The host's bundler
 * recognises the form `new Worker(new URL(..., import.meta.url))`, so it must survive.
 * @returns {import('rolldown').Plugin}
 */
function pointToBuiltWorker() {
  return {
    name: 'rtfq:point-to-built-worker',
    transform(code) {
      if (!code.includes(workerInSource)) return null;
      return { code: code.replaceAll(workerInSource, workerInPackage), map: null };
    },
  };
}

const shardWorkerInSource = "new URL('./shardWorkerFromSource.mjs', import.meta.url)";
const shardWorkerSource = 'src/training/node/shardWorker.ts';

/**
 * The training threads' entry likewise. It shares chunks with the CLI, and may be named from any of them.
 * @returns {import('rolldown').Plugin}
 */
function pointToBuiltShardWorker() {
  return {
    name: 'rtfq:point-to-built-shard-worker',
    transform(code) {
      if (!code.includes(shardWorkerInSource)) return null;
      const id = join(root, shardWorkerSource);
      const file = this.emitFile({ type: 'chunk', id, name: 'shardWorker' });
      const url = `new URL(import.meta.ROLLUP_FILE_URL_${file})`;
      return { code: code.replaceAll(shardWorkerInSource, url), map: null };
    },
  };
}

/**
 * `import text from './shader.wgsl?raw'`, as Vite has it.
 * @returns {import('rolldown').Plugin}
 */
function rawText() {
  const suffix = '?raw';
  return {
    name: 'rtfq:raw-text',
    async resolveId(source, importer) {
      if (!source.endsWith(suffix)) return null;
      const resolved = await this.resolve(source.slice(0, -suffix.length), importer);
      return resolved && `${resolved.id}${suffix}`;
    },
    load(id) {
      if (!id.endsWith(suffix)) return null;
      const text = readFileSync(id.slice(0, -suffix.length), 'utf8');
      return { code: `export default ${JSON.stringify(text)};`, moduleType: 'js' };
    },
  };
}

/**
 * The React entry imports the built index beside it, so that there is one of each class, and one worker script.
 * @returns {import('rolldown').Plugin}
 */
function pointToBuiltIndex() {
  return {
    name: 'rtfq:point-to-built-index',
    resolveId(source, importer) {
      const isOurs = importer?.startsWith(join(root, 'src/react/')) && source === '../index.ts';
      return isOurs ? { id: './index.js', external: true } : null;
    },
  };
}

function dependencyNames() {
  const { dependencies, optionalDependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  return Object.keys({ ...dependencies, ...optionalDependencies });
}

/** @param {string} id */
function isTfjs(id) {
  return id.startsWith('@tensorflow/');
}

/** @param {string} id */
function isDependency(id) {
  return dependencyNames().some((name) => id === name || id.startsWith(`${name}/`)) || isTfjs(id);
}

/**
 * @param {Entry} entry
 * @returns {Promise<import('rolldown').RolldownBuild>}
 */
export async function bundle({ name, source, platform }) {
  const input = join(root, source);
  if (!existsSync(input))
    throw new Error(`${source} does not exist, dist/${name}.js is made of it.`);
  return rolldown({
    input: { [name]: input },
    platform,
    // The small libraries are bundled, so that worker.js also runs served as it is.
    external: platform === 'node' ? isDependency : (id) => isTfjs(id) || id === 'react',
    checks: { moduleLevelDirective: false }, // 'use client' stays where it is, in an entry
    plugins: [pointToBuiltWorker(), pointToBuiltShardWorker(), pointToBuiltIndex(), rawText()],
  });
}

/** @type {import('rolldown').OutputOptions} */
export const outputOptions = {
  dir: distDir,
  format: 'es',
  minify: true,
  sourcemap: true,
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name]-[hash].js',
};

// @ts-check
// How each entry of the package is bundled. Used to build it and to weigh it.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const distDir = join(root, 'dist');

/**
 * Entries that share their chunks, so that a class is the same in each of them.
 * @typedef {{
 *   entries: Readonly<Record<string, string>>,
 *   platform: 'browser' | 'node',
 *   external: (id: string) => boolean,
 *   minify: boolean,
 * }} Bundle
 */

/**
 * What pages and Node import. It always meets the host's bundler, and some know a worker's URL only in plain
 * quotes, which minifying takes away. The small libraries are bundled, so that it runs served as it is, too.
 * @type {Bundle}
 */
export const library = {
  entries: {
    index: 'src/index.ts',
    runtime: 'src/runtime/index.ts',
    train: 'src/training/index.ts',
    react: 'src/react/index.ts',
  },
  platform: 'browser',
  external: (id) => isTfjs(id) || id === 'react',
  minify: false,
};

/**
 * Complete, tfjs included: a page without a bundler has nothing to resolve the names of packages in a worker,
 * where import maps do not reach.
 * @type {Bundle}
 */
export const worker = {
  // With its host as an entry too, all but the first line of the script is in chunks. No chunk may import the
  // script itself: bundlers serve that by a URL of its own, and a second copy, with second classes, by its name.
  entries: { worker: 'src/worker/main.ts', workerHost: 'src/worker/host.ts' },
  platform: 'browser',
  external: () => false,
  minify: true,
};

/** @type {Bundle} */
export const cli = {
  entries: { cli: 'src/cli/main.ts' },
  platform: 'node',
  external: (id) => isDependency(id),
  minify: false,
};

const workerInSource = /new URL\((['"])\.\.\/worker\/main\.ts\1, import\.meta\.url\)/g;

/**
 * The client names the worker as a source file, the package as a built one. The host's bundler
 * recognises the form `new Worker(new URL(..., import.meta.url))`, so it must survive.
 * @returns {import('rolldown').Plugin}
 */
function pointToBuiltWorker() {
  return {
    name: 'rtfq:point-to-built-worker',
    renderChunk(code, { fileName }) {
      const path = fileName.includes('/') ? '../worker.js' : './worker.js';
      return code.replace(workerInSource, `new URL('${path}', import.meta.url)`);
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
 * @param {Bundle} bundle
 * @returns {Promise<import('rolldown').RolldownBuild>}
 */
export async function openBundle({ entries, platform, external }) {
  for (const source of Object.values(entries)) {
    if (!existsSync(join(root, source))) throw new Error(`${source} does not exist.`);
  }
  return rolldown({
    input: Object.fromEntries(
      Object.entries(entries).map(([name, source]) => [name, join(root, source)]),
    ),
    platform,
    external,
    checks: { moduleLevelDirective: false }, // 'use client' stays where it is, in an entry
    plugins: [pointToBuiltWorker(), pointToBuiltShardWorker(), rawText()],
  });
}

/**
 * @param {Bundle} bundle
 * @returns {import('rolldown').OutputOptions}
 */
export function outputOptions({ minify }) {
  return {
    dir: distDir,
    format: 'es',
    minify,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
  };
}

// @ts-check
// Weighs what a page downloads before its first result on the wasm backend.
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { library, openBundle, outputOptions, root, worker } from './bundle.mjs';

const budgetBytes = 60_000;

// Loaded only where they are chosen, so they do not count.
const otherPaths = [
  'src/backends/webgpu/',
  'src/backends/tfjs/',
  'src/backends/reference/',
  'src/training/',
  // An engine loads one of the two builds: the larger one, with relaxed SIMD, counts.
  'src/backends/wasm/generated/simd128.ts',
];

/** @param {import('rolldown').OutputChunk} chunk */
function isOtherPath(chunk) {
  const id = chunk.facadeModuleId?.slice(root.length + 1).replaceAll('\\', '/');
  return otherPaths.some((path) => id?.startsWith(path));
}

/**
 * The chunks that an entry brings in on the wasm path, itself included.
 * @param {string} entry
 * @param {readonly import('rolldown').OutputChunk[]} chunks
 */
function wasmPath(entry, chunks) {
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const reached = new Set(chunks.filter((chunk) => chunk.isEntry && chunk.name === entry));
  for (const chunk of reached) {
    for (const name of chunk.imports) {
      const next = byName.get(name);
      if (next) reached.add(next);
    }
    for (const name of chunk.dynamicImports) {
      const next = byName.get(name);
      if (next && !isOtherPath(next)) reached.add(next);
    }
  }
  return [...reached];
}

/** @param {string | Uint8Array} data */
export function gzipBytes(data) {
  return gzipSync(data, { level: 9 }).length;
}

/**
 * The package's chunks on the wasm path, and their bytes over the wire.
 * @returns {Promise<readonly { fileName: string, sizeBytes: number }[]>}
 */
export async function weighPackage() {
  const weights = [];
  for (const [entry, bundle] of /** @type {const} */ ([
    ['index', library],
    ['worker', worker],
  ])) {
    const build = await openBundle(bundle);
    const { output } = await build.generate({ ...outputOptions(bundle), minify: true });
    await build.close();
    const chunks = output.filter((item) => item.type === 'chunk');
    for (const { fileName, code } of wasmPath(entry, chunks)) {
      weights.push({ fileName, sizeBytes: gzipBytes(code) });
    }
  }
  return weights;
}

async function checkBudget() {
  let totalBytes = 0;
  for (const { fileName, sizeBytes } of await weighPackage()) {
    totalBytes += sizeBytes;
    console.log(`size: ${fileName.padEnd(36)} ${String(sizeBytes).padStart(7)} bytes gzip`);
  }
  const verdict = totalBytes <= budgetBytes ? 'within' : 'OVER';
  console.log(`size: client + worker + wasm ${totalBytes} bytes gzip, ${verdict} ${budgetBytes}`);
  if (totalBytes > budgetBytes) process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await checkBudget();

// @ts-check
// Compiles the AssemblyScript kernels to the modules that the wasm backend, the trainer and the benchmarks carry
// in themselves.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cacheDir = join(root, 'node_modules/.cache/rtfq');

const commonFlags = [
  // Not 3: that writes each sum into the next, so that all weights of a step are waited for in registers that are not
  // there; MobileNetV2's pointwise layers take 5 % longer.
  '-O2',
  // Level 2 leaves each value its own local, which doubles what the module weighs compressed.
  '--runPasses=coalesce-locals,reorder-locals',
  '--noAssert',
  '--runtime=stub',
  '--importMemory',
  '--noExportMemory',
  '--initialMemory=1',
  // A maximum, because a shared memory must have one: that of threads, and of tfjs's threaded build in training.
  '--maximumMemory=65536',
  '--enable=simd',
];

const inferenceDirs = { kernelsDir: 'src/kernels', generatedDir: 'src/backends/wasm/generated' };
const trainingDirs = {
  kernelsDir: 'src/training/kernels',
  generatedDir: 'src/training/kernels/generated',
};
const relaxedFlag = '--enable=relaxed-simd';
const benchDirs = { kernelsDir: 'bench/roofline', generatedDir: 'bench/roofline/generated' };

/** @typedef {typeof inferenceDirs & { name: string, entry: string, flags: string[] }} Variant */

/** @type {readonly Variant[]} */
const variants = [
  { ...inferenceDirs, name: 'simd128', entry: 'simd128', flags: commonFlags },
  { ...inferenceDirs, name: 'relaxed', entry: 'relaxed', flags: [...commonFlags, relaxedFlag] },
  { ...trainingDirs, name: 'training', entry: 'training', flags: commonFlags },
  {
    ...trainingDirs,
    name: 'trainingRelaxed',
    entry: 'training',
    flags: [...commonFlags, relaxedFlag],
  },
  { ...benchDirs, name: 'peaks', entry: 'peaks', flags: [...commonFlags, relaxedFlag] },
];

const dataSectionId = 11;
const importSectionId = 2;

/** @param {string} kernelsDir */
function kernelSources(kernelsDir) {
  const dir = join(root, kernelsDir);
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.as.ts'))
    .sort()
    .map((name) => join(dir, name));
}

/** @param {string[]} sources */
function fingerprint(sources) {
  const hash = createHash('sha256');
  const compiler = join(root, 'node_modules/assemblyscript/package.json');
  for (const path of [fileURLToPath(import.meta.url), compiler, ...sources]) {
    hash.update(relative(root, path)).update('\0').update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex');
}

/** @param {Uint8Array} bytes @param {number} start */
function readLeb128(bytes, start) {
  let value = 0;
  for (let at = start, shift = 0; ; shift += 7) {
    const byte = bytes[at++] ?? 0;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { value, end: at };
  }
}

/**
 * The sections of a module, by id.
 * @param {Uint8Array} bytes
 */
function sectionsOf(bytes) {
  /** @type {Map<number, Uint8Array>} */
  const sections = new Map();
  for (let at = 8; at < bytes.length; ) {
    const { value: sizeBytes, end } = readLeb128(bytes, at + 1);
    sections.set(bytes[at] ?? 0, bytes.subarray(end, end + sizeBytes));
    at = end + sizeBytes;
  }
  return sections;
}

// One import, 'env' 'memory', of kind 2 (memory), with a maximum (1). Read by hand because Node 20 cannot compile
// relaxed SIMD and so cannot list that module's imports.
const soleMemoryImport = Buffer.from([
  1,
  3,
  ...Buffer.from('env'),
  6,
  ...Buffer.from('memory'),
  2,
  1,
]);

/**
 * The module lives in a memory that belongs to someone else: it must bring no bytes of its own
 * and need nothing but that memory.
 * @param {string} name
 * @param {Uint8Array} bytes
 */
function assertGuest(name, bytes) {
  const sections = sectionsOf(bytes);
  const data = sections.get(dataSectionId);
  if (data) {
    throw new Error(
      `${name}: the module has ${data.length} bytes of data segments, expected none. ` +
        'A string, a static array or an abort message in a kernel makes one.',
    );
  }
  const imports = Buffer.from(sections.get(importSectionId) ?? []);
  if (!imports.subarray(0, soleMemoryImport.length).equals(soleMemoryImport)) {
    throw new Error(
      `${name}: the module imports something else than env.memory with a maximum: ` +
        JSON.stringify(imports.toString('latin1')),
    );
  }
}

/** @param {Variant} variant */
function entryOf({ kernelsDir, entry }) {
  return `${kernelsDir}/${entry}.as.ts`;
}

/** @param {Variant} variant */
function compile(variant) {
  const { name, flags } = variant;
  const entry = entryOf(variant);
  const output = relative(root, join(cacheDir, `${name}.${process.pid}.wasm`));
  const asc = join(root, 'node_modules/assemblyscript/bin/asc.js');
  const result = spawnSync(process.execPath, [asc, entry, '--outFile', output, ...flags], {
    cwd: root,
    encoding: 'utf8',
  });
  if (result.status !== 0)
    throw new Error(`asc failed on ${entry}\n${result.stdout}${result.stderr}`);
  return new Uint8Array(readFileSync(join(root, output)));
}

/** @param {Variant} variant @param {string} print @param {Uint8Array} bytes */
function generatedModule(variant, print, bytes) {
  const hex = Buffer.from(bytes).toString('hex');
  return [
    `// Made by scripts/buildWasm.mjs from ${entryOf(variant)}, ${bytes.length} bytes.`,
    `// sources ${print}`,
    `export const ${variant.name}Hex =`,
    `  '${hex}';`,
    '',
  ].join('\n');
}

/** @param {string} path @param {string} print */
function isCurrent(path, print) {
  return existsSync(path) && readFileSync(path, 'utf8').includes(`// sources ${print}\n`);
}

/**
 * Writes generated/<variant>.ts where its sources changed.
 * @param {(text: string) => void} [say]
 */
export function buildWasm(say = console.log) {
  for (const variant of variants) {
    const entry = entryOf(variant);
    if (!existsSync(join(root, entry))) {
      say(`${entry} does not exist: skipped`);
      continue;
    }
    const print = fingerprint(kernelSources(variant.kernelsDir));
    const generatedDir = join(root, variant.generatedDir);
    const path = join(generatedDir, `${variant.name}.ts`);
    if (isCurrent(path, print)) continue;
    say(`${existsSync(path) ? 'the kernels changed' : 'first build'}: compiling ${entry}`);
    mkdirSync(cacheDir, { recursive: true });
    mkdirSync(generatedDir, { recursive: true });
    const bytes = compile(variant);
    assertGuest(variant.name, bytes);
    // Renamed into place: another command may be reading the file.
    const draft = join(cacheDir, `${variant.name}.${process.pid}.ts`);
    writeFileSync(draft, generatedModule(variant, print, bytes));
    renameSync(draft, path);
    say(`${variant.name}: ${bytes.length} bytes`);
  }
}

// @ts-check
// Builds the package's declarations into dist/types/: those that its entries reach.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { distDir, root } from './bundle.mjs';

const typescript = createRequire(import.meta.url).resolve('@typescript/native/package.json');
const tsc = join(dirname(typescript), 'bin/tsc');
const project = join(root, 'tsconfig.build.json');
const { status } = spawnSync(process.execPath, [tsc, '-p', project], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

// The compiler leaves the sources' extension in declarations, where only JavaScript's is understood.
const relativeImport = /((?:\bfrom|\bimport\(|\bimport)\s*['"]\.[^'"]*)\.ts(['"])/g;
const typesDir = join(distDir, 'types');
for (const name of readdirSync(typesDir, { recursive: true, encoding: 'utf8' })) {
  if (!name.endsWith('.d.ts')) continue;
  const path = join(typesDir, name);
  writeFileSync(path, readFileSync(path, 'utf8').replace(relativeImport, '$1.js$2'));
}
console.log('build: dist/types');

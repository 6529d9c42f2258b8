// @ts-check
// Builds the package's JavaScript into dist/; declarations come from tsconfig.build.json.
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { browserEntries, bundle, cliEntry, distDir, outputOptions, reactEntry } from './bundle.mjs';

const shebang = '#!/usr/bin/env node\n';

await rm(distDir, { recursive: true, force: true });
for (const entry of [...browserEntries, reactEntry]) {
  const build = await bundle(entry);
  // The worker may be served as it is; the index always meets the host's bundler, and some
  // bundlers know a worker's URL only in plain quotes, which minifying takes away.
  await build.write({ ...outputOptions, minify: entry.name === 'worker' });
  await build.close();
}

const cli = await bundle(cliEntry);
await cli.write({ ...outputOptions, minify: false });
await cli.close();
const cliPath = join(distDir, 'cli.js');
const code = await readFile(cliPath, 'utf8');
if (!code.startsWith('#!')) await writeFile(cliPath, shebang + code);
await chmod(cliPath, 0o755);

console.log('build: dist/index.js, dist/worker.js, dist/react.js, dist/cli.js');

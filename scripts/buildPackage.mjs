// @ts-check
// Builds the package's JavaScript into dist/; declarations come from buildTypes.mjs.
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cli, distDir, library, openBundle, outputOptions, worker } from './bundle.mjs';

const shebang = '#!/usr/bin/env node\n';

await rm(distDir, { recursive: true, force: true });
for (const bundle of [library, worker, cli]) {
  const build = await openBundle(bundle);
  await build.write(outputOptions(bundle));
  await build.close();
  console.log(
    `build: ${Object.keys(bundle.entries)
      .map((name) => `dist/${name}.js`)
      .join(', ')}`,
  );
}

const cliPath = join(distDir, 'cli.js');
const code = await readFile(cliPath, 'utf8');
if (!code.startsWith('#!')) await writeFile(cliPath, shebang + code);
await chmod(cliPath, 0o755);

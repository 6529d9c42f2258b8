import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

async function readPages(folder: string): Promise<Readonly<Record<string, string>>> {
  const pages = (await readdir(folder)).sort();
  const texts = pages.map((page) => readFile(join(folder, page), 'utf8'));
  return Object.fromEntries((await Promise.all(texts)).map((text, i) => [pages[i], text]));
}

test('docs/api says what the doc comments say, of every public name: `npm run docs` writes it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rtfq-api-'));
  try {
    // Fails where a public name has no doc comment, or names a type that is not public.
    execFileSync(process.execPath, [join(root, 'scripts/docs.mjs'), folder], { stdio: 'pipe' });
    expect(await readPages(folder)).toEqual(await readPages(join(root, 'docs/api')));
  } finally {
    await rm(folder, { recursive: true });
  }
});

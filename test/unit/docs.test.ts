import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { browsersFile, browsersText } from '../../scripts/browsers.mjs';
import { errorCodes } from '../../src/errors.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const docsDir = join(root, 'docs');

test('the FAQ has a section for each error code, in the order of the list, and for no other', async () => {
  const faq = await readFile(join(docsDir, 'faq.md'), 'utf8');
  const sections = faq.split(/^## /m).slice(1);
  expect(sections.map((section) => section.slice(0, section.indexOf('\n')))).toEqual([
    ...errorCodes,
  ]);
  for (const section of sections) {
    expect(section.slice(section.indexOf('\n')).trim(), section).not.toBe('');
  }
});

test('docs/browsers.md has the table of the installed data: run `npm run docs` where it has not', async () => {
  expect(await readFile(browsersFile, 'utf8')).toBe(browsersText());
});

/** Guides with the places that they link to, as they stand there. */
async function relativeLinks(): Promise<{ file: string; target: string }[]> {
  const rootFiles = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'];
  const guides = (await readdir(docsDir, { recursive: true })).map((name) => join('docs', name));
  const files = [...rootFiles, 'examples/README.md', ...guides].filter((name) =>
    /\.md$/.test(name),
  );
  const codeBlock = /^```[\s\S]*?^```/gm;
  const readText = async (file: string) =>
    (await readFile(join(root, file), 'utf8')).replace(codeBlock, '');
  const texts = await Promise.all(files.map(readText));
  return files.flatMap((file, i) =>
    [...texts[i]!.matchAll(/\]\((?![a-z]+:)([^)\s]+)\)|(?:src|srcset)="([^":]+)"/g)].map(
      (link) => ({
        file,
        target: (link[1] ?? link[2])!,
      }),
    ),
  );
}

test('guides link to files that are there', async () => {
  const links = await relativeLinks();
  expect(links.length).toBeGreaterThan(50);
  const missing = links.filter(({ file, target }) => {
    const [path = ''] = target.split('#');
    return path !== '' && !existsSync(join(root, dirname(file), path));
  });
  expect(missing).toEqual([]);
});

import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { errorCodes } from '../../src/errors.ts';

test('the FAQ has a section for each error code, in the order of the list, and for no other', async () => {
  const faq = await readFile(new URL('../../docs/faq.md', import.meta.url), 'utf8');
  const sections = faq.split(/^## /m).slice(1);
  expect(sections.map((section) => section.slice(0, section.indexOf('\n')))).toEqual([
    ...errorCodes,
  ]);
  for (const section of sections) {
    expect(section.slice(section.indexOf('\n')).trim(), section).not.toBe('');
  }
});

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { licencesFile, licencesText, shippedPackages } from '../../scripts/licences.mjs';

test('docs/licences.md lists what the lock file has: run `npm run licences` where it does not', () => {
  expect(readFileSync(licencesFile, 'utf8')).toBe(licencesText());
});

test('nothing that ships is without a licence, or under one that asks for more than to be named', () => {
  // sharp is optional, for the command line; its image library is linked dynamically, as the LGPL wants it.
  const plain = /^\(?(MIT|ISC|0BSD|Apache-2\.0|BSD-[23]-Clause|CC0-1\.0|Unlicense)\b/;
  const packages = shippedPackages();
  expect(packages.length).toBeGreaterThan(10);
  for (const { name, licence, optional } of packages) {
    if (optional && name.startsWith('@img/')) continue;
    expect(licence, name).toMatch(plain);
  }
});

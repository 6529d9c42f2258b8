// @ts-check
// Writes docs/licences.md: what an installation of the package brings along, and under which licence.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const licencesFile = join(root, 'docs/licences.md');

/** @typedef {{ version?: string, license?: string, dev?: boolean, devOptional?: boolean, optional?: boolean }} LockedPackage */

/**
 * All packages of the lock file that are not there for development alone.
 * @returns {readonly { name: string, version: string, licence: string, optional: boolean }[]}
 */
export function shippedPackages() {
  /** @type {{ packages: Record<string, LockedPackage> }} */
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(lock.packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true)
    .map(([path, { version, license, optional = false, devOptional = false }]) => ({
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version: version ?? '',
      licence: license ?? '',
      optional: optional || devOptional,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1));
}

/** The document's text. */
export function licencesText() {
  const rows = shippedPackages().map(
    ({ name, version, licence, optional }) =>
      `| ${name} | ${version} | ${licence} | ${optional ? 'optional' : ''} |`,
  );
  return `# Licences of dependencies

What \`npm install rtfq\` brings along, from package-lock.json; written by \`npm run licences\`, and a test holds it to
the lock file. What the bundles themselves contain, with the texts, is in [NOTICE](../NOTICE).

| package | version | licence | |
|---|---|---|---|
${rows.join('\n')}
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(licencesFile, licencesText());

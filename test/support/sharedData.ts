import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const repositoryRoot = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

function locateSharedDir(): string | null {
  const chosen = process.env.RTFQ_SHARED;
  if (chosen) {
    const path = resolve(repositoryRoot, chosen);
    if (!existsSync(path))
      throw new Error(`RTFQ_SHARED is ${chosen}, and there is no such folder.`);
    return path;
  }
  const beside = join(repositoryRoot, '../shared');
  return existsSync(beside) ? beside : null;
}

/**
 * A folder of data sets and weights too large for the repository, or null. A test that needs it
 * says so and is skipped without it; no other file may know where it is.
 */
export const sharedDir: string | null = locateSharedDir();

import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RtfqError, throwIfAborted } from '../../../errors.ts';
import {
  drawPicture,
  type SyntheticDomain,
  type SyntheticPicture,
  syntheticClasses,
  syntheticDomains,
} from './domains.ts';

export interface SyntheticDatasetOptions {
  /** Created when missing. Must hold neither of the two domains yet. */
  readonly outDir: string;
  /** In each domain. Default 100. */
  readonly picturesPerClass?: number | undefined;
  /** Default 128. */
  readonly sidePx?: number | undefined;
  /** Default 1. */
  readonly seed?: number | undefined;
  /** After each picture. */
  readonly onProgress?: ((written: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface SyntheticDatasetSummary {
  /** The folder of each domain: a folder per class, with 0001.jpg and so on. */
  readonly domainDirs: Readonly<Record<SyntheticDomain, string>>;
  readonly classes: readonly string[];
  readonly pictureCount: number;
}

const defaults = { picturesPerClass: 100, sidePx: 128, seed: 1 };

/** File names have four digits. */
const mostPicturesPerClass = 9999;

/** Below it objects cannot be told apart; above it a drawing shows that it is one. */
const sideLimitsPx = { least: 32, most: 1024 };

/** Keeps two cores busy: one picture is encoded while the next one's pixels are computed. */
const picturesInFlight = 4;

/**
 * Draws a data set of two domains with the same classes: `catalogue/CLASS/0001.jpg` (source) and
 * `webcam/CLASS/0001.jpg` (target). The same options give the same pictures. The domains appear in
 * `outDir` when they are complete; nothing stays behind an error.
 * @throws RtfqError `INVALID_ARGUMENT`, `ABORTED`
 */
export async function writeSyntheticDataset(
  options: SyntheticDatasetOptions,
): Promise<SyntheticDatasetSummary> {
  const { outDir, onProgress, signal } = options;
  const picturesPerClass = options.picturesPerClass ?? defaults.picturesPerClass;
  const sidePx = options.sidePx ?? defaults.sidePx;
  const seed = options.seed ?? defaults.seed;
  requireInteger('picturesPerClass', picturesPerClass, 1, mostPicturesPerClass);
  requireInteger('sidePx', sidePx, sideLimitsPx.least, sideLimitsPx.most);
  requireInteger('seed', seed, 0, Number.MAX_SAFE_INTEGER);
  throwIfAborted(signal);

  await mkdir(outDir, { recursive: true });
  await requireNoDomain(outDir);
  const stagingDir = await mkdtemp(join(outDir, '.synthetic-'));
  try {
    const pictures = listPictures(picturesPerClass, sidePx, seed);
    await makeClassFolders(stagingDir);
    await writePictures(stagingDir, pictures, onProgress, signal);
    for (const domain of syntheticDomains) {
      await rename(join(stagingDir, domain), join(outDir, domain));
    }
    const [catalogue, webcam] = syntheticDomains.map((domain) => join(outDir, domain));
    return {
      domainDirs: { catalogue: catalogue!, webcam: webcam! },
      classes: syntheticClasses,
      pictureCount: pictures.length,
    };
  } finally {
    await rm(stagingDir, { recursive: true, force: true });
  }
}

function listPictures(
  picturesPerClass: number,
  sidePx: number,
  seed: number,
): readonly SyntheticPicture[] {
  return syntheticDomains.flatMap((domain) =>
    syntheticClasses.flatMap((className) =>
      Array.from({ length: picturesPerClass }, (_, i) => {
        return { domain, className, number: i + 1, seed, sidePx };
      }),
    ),
  );
}

async function makeClassFolders(dir: string): Promise<void> {
  for (const domain of syntheticDomains) {
    for (const className of syntheticClasses) {
      await mkdir(join(dir, domain, className), { recursive: true });
    }
  }
}

async function writePictures(
  dir: string,
  pictures: readonly SyntheticPicture[],
  onProgress: SyntheticDatasetOptions['onProgress'],
  signal: AbortSignal | undefined,
): Promise<void> {
  const waiting = pictures.values();
  let written = 0;
  const writeWaiting = async (): Promise<void> => {
    for (const picture of waiting) {
      throwIfAborted(signal);
      const file = `${String(picture.number).padStart(4, '0')}.jpg`;
      await writeFile(
        join(dir, picture.domain, picture.className, file),
        await drawPicture(picture),
      );
      written++;
      onProgress?.(written, pictures.length);
    }
  };
  const writers = Array.from({ length: picturesInFlight }, writeWaiting);
  // All have stopped before the folder that they write into may go.
  for (const outcome of await Promise.allSettled(writers)) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
}

async function requireNoDomain(outDir: string): Promise<void> {
  const present = await readdir(outDir);
  const domain = syntheticDomains.find((name) => present.includes(name));
  if (domain === undefined) return;
  throw new RtfqError('INVALID_ARGUMENT', `${outDir} already holds a folder ${domain}`, {
    hint: 'name another folder, or remove it: pictures of two data sets would mix',
  });
}

function requireInteger(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RtfqError('INVALID_ARGUMENT', `${name} is out of range`, {
    got: value,
    expected: `an integer from ${least} to ${most}`,
  });
}

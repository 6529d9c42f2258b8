import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { RtfqError } from '../../errors.ts';

export interface LabelledImage {
  readonly path: string;
  /** Index into `Dataset.classes`. */
  readonly classIndex: number;
}

export interface Dataset {
  /** The folder's name. */
  readonly name: string;
  readonly classes: readonly string[];
  /** Whether the class is told by a number, and not by a name. */
  readonly numbered: boolean;
  /** Sorted by path. */
  readonly images: readonly LabelledImage[];
}

/** File names that are taken for pictures. */
const imageFilePattern = /\.(?:jpe?g|png|webp|avif|gif|tiff?)$/i;

const labelsFile = 'labels.txt';

/**
 * Reads a folder of labelled pictures, of either kind:
 * - one folder per class, named like the class; the folders may lie in a single folder of their own, as in
 *   `amazon/images/CLASS`. Class order is the order of the names.
 * - numbered photographs beside a labels.txt with one class a line: the number that a file's name begins
 *   with is the class's line, from 0.
 * @throws RtfqError `DATASET_FORMAT`
 */
export async function readDataset(dir: string): Promise<Dataset> {
  const entries = await list(dir);
  const name = basename(join(dir, '.'));
  if (entries.files.includes(labelsFile)) {
    const classes = await readClassNamesFile(join(dir, labelsFile));
    return {
      name,
      classes,
      numbered: true,
      images: numberedImages(dir, entries.files, classes.length),
    };
  }
  const root = await classFolder(dir);
  const { folders } = await list(root);
  const images: LabelledImage[] = [];
  for (const [classIndex, folder] of folders.entries()) {
    const { files } = await list(join(root, folder));
    const pictures = files.filter((file) => imageFilePattern.test(file));
    if (pictures.length === 0) fail(`${join(root, folder)} holds no picture`);
    images.push(...pictures.map((file) => ({ path: join(root, folder, file), classIndex })));
  }
  if (images.length === 0) {
    fail(`${dir} is no data set`, `a folder per class, or pictures and ${labelsFile}`);
  }
  return { name, classes: folders.map(humanName), numbered: false, images };
}

/**
 * All pictures below a folder, labelled or not, sorted by path.
 * @throws RtfqError `DATASET_FORMAT` when there are none
 */
export async function listImages(dir: string): Promise<readonly string[]> {
  const paths: string[] = [];
  const visit = async (folder: string): Promise<void> => {
    const { files, folders } = await list(folder);
    paths.push(
      ...files.filter((file) => imageFilePattern.test(file)).map((file) => join(folder, file)),
    );
    for (const child of folders) await visit(join(folder, child));
  };
  await visit(dir);
  if (paths.length === 0) fail(`${dir} holds no picture`);
  return paths;
}

/**
 * Class names, one a line. Of a line of synonyms ("tench, Tinca tinca") the first is taken: the everyday
 * word. Two classes may so share a word ("crane"); they stay two classes.
 * @throws RtfqError `DATASET_FORMAT`
 */
export async function readClassNamesFile(path: string): Promise<readonly string[]> {
  const text = await readFile(path, 'utf8').catch((cause) =>
    fail(`cannot read ${path}`, '', cause),
  );
  const names = text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.split(',')[0]!.trim());
  const empty = names.indexOf('');
  if (empty >= 0) fail(`${path}: line ${empty + 1} is empty`, 'a class name');
  return names;
}

/**
 * For each class of a data set its index among a model's classes. Names are compared by their letters
 * and digits, so that the folder `back_pack` is the class
 * `backpack`; numbered photographs are matched by number.
 * @throws RtfqError `DATASET_FORMAT` when the model lacks a class
 */
export function matchClasses(
  dataset: Pick<Dataset, 'name' | 'classes' | 'numbered'>,
  modelClasses: readonly string[],
): readonly number[] {
  if (dataset.numbered) {
    if (dataset.classes.length === modelClasses.length) return modelClasses.map((_, i) => i);
    throw new RtfqError(
      'DATASET_FORMAT',
      `${dataset.name}: its numbers are not the model's classes`,
      {
        got: `${dataset.classes.length} lines in ${labelsFile}`,
        expected: `${modelClasses.length}, one per class`,
      },
    );
  }
  const byLetters = modelClasses.map(lettersOf);
  return dataset.classes.map((name) => {
    const index = byLetters.indexOf(lettersOf(name));
    if (index < 0) {
      throw new RtfqError('DATASET_FORMAT', `the model has no class for ${dataset.name}/${name}`, {
        got: name,
        expected: `one of the model's ${modelClasses.length} classes: ${modelClasses.slice(0, 5).join(', ')}, ...`,
      });
    }
    return index;
  });
}

/**
 * Whether a model has the classes of a data set and no others, compared as in `matchClasses`. Classes that
 * go by number have to be in the same order.
 */
export function hasSameClasses(
  { classes, numbered }: Pick<Dataset, 'classes' | 'numbered'>,
  modelClasses: readonly string[],
): boolean {
  const [own, others] = [classes.map(lettersOf), modelClasses.map(lettersOf)];
  if (!numbered) {
    own.sort();
    others.sort();
  }
  return own.length === others.length && own.every((name, i) => name === others[i]);
}

function lettersOf(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

function humanName(folder: string): string {
  return folder.replace(/[_\s]+/g, ' ').trim();
}

function numberedImages(
  dir: string,
  files: readonly string[],
  classCount: number,
): readonly LabelledImage[] {
  const pictures = files.filter((file) => imageFilePattern.test(file));
  if (pictures.length === 0) fail(`${dir} holds no picture beside its ${labelsFile}`);
  return pictures.map((file) => {
    const classIndex = Number.parseInt(/^\d+/.exec(file)?.[0] ?? '', 10);
    if (!(classIndex < classCount)) {
      fail(`${join(dir, file)}: its name names no class`, `a number below ${classCount} in front`);
    }
    return { path: join(dir, file), classIndex };
  });
}

/** The folder that holds the class folders: `dir`, or the only folder in it while that holds folders. */
async function classFolder(dir: string): Promise<string> {
  const { folders } = await list(dir);
  if (folders.length !== 1) return dir;
  const only = join(dir, folders[0]!);
  return (await list(only)).folders.length > 0 ? classFolder(only) : dir;
}

async function list(
  dir: string,
): Promise<{ readonly files: string[]; readonly folders: string[] }> {
  const entries = await readdir(dir, { withFileTypes: true }).catch((cause) =>
    fail(`cannot read the folder ${dir}`, '', cause),
  );
  const visible = entries.filter(({ name }) => !name.startsWith('.'));
  const namesOf = (wanted: typeof visible) => wanted.map(({ name }) => name).sort();
  return {
    files: namesOf(visible.filter((entry) => !entry.isDirectory())),
    folders: namesOf(visible.filter((entry) => entry.isDirectory())),
  };
}

function fail(summary: string, expected = '', cause?: unknown): never {
  throw new RtfqError('DATASET_FORMAT', summary, {
    ...(expected === '' ? {} : { expected }),
    ...(cause instanceof Error ? { got: cause.message, cause } : {}),
  });
}

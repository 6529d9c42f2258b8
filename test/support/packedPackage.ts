import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const modules = join(root, 'node_modules');

/** A folder outside of the repository in which examples are set up with the package as npm packs it. */
export class PackedPackage {
  readonly #dir: string;
  readonly #dependencies: readonly string[];
  #setUps = 0;

  private constructor(dir: string, dependencies: readonly string[]) {
    this.#dir = dir;
    this.#dependencies = dependencies;
  }

  /** Builds and packs the package as it is now. */
  static async make(): Promise<PackedPackage> {
    const dir = await mkdtemp(join(tmpdir(), 'rtfq-packed-'));
    for (const script of ['buildPackage', 'buildTypes']) {
      execFileSync(process.execPath, [join(root, `scripts/${script}.mjs`)], { stdio: 'pipe' });
    }
    const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', dir];
    const tarball = execFileSync('npm', pack, { cwd: root, encoding: 'utf8' }).trim();
    execFileSync('tar', ['xzf', join(dir, tarball), '-C', dir]);
    const manifest = JSON.parse(await readFile(join(dir, 'package/package.json'), 'utf8'));
    return new PackedPackage(dir, Object.keys(manifest.dependencies));
  }

  /**
   * Sets up an example with the package, its dependencies, the shipped model and the picture.
   * @param assets folder of the example, '' for itself, where model and picture belong
   * @param packages that the example depends on besides; taken, as the dependencies, from the repository
   * @returns its folder
   */
  async setUp(example: string, assets: string, packages: readonly string[] = []): Promise<string> {
    const folder = join(this.#dir, `${example}-${this.#setUps++}`);
    await cp(join(root, 'examples', example), folder, { recursive: true });
    await cp(join(this.#dir, 'package'), join(folder, 'node_modules/rtfq'), { recursive: true });
    for (const name of [...this.#dependencies, ...packages]) {
      const link = join(folder, 'node_modules', name);
      await mkdir(join(link, '..'), { recursive: true });
      await symlink(join(modules, name), link);
    }
    const model = join(root, 'models/office31-a2w-mobilenetv2');
    await cp(model, join(folder, assets, 'model'), { recursive: true });
    await cp(join(root, 'examples/mug.jpg'), join(folder, assets, 'mug.jpg'));
    return folder;
  }

  remove(): Promise<void> {
    return rm(this.#dir, { recursive: true });
  }
}

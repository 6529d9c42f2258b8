import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const modules = join(root, 'node_modules');

/** A folder outside of the repository in which examples are set up with the package as npm packs it. */
export class PackedPackage {
  readonly #dir: string;
  readonly #tarball: string;
  readonly #dependencies: readonly string[];
  #setUps = 0;

  private constructor(dir: string, tarball: string, dependencies: readonly string[]) {
    this.#dir = dir;
    this.#tarball = tarball;
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
    return new PackedPackage(dir, join(dir, tarball), Object.keys(manifest.dependencies));
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
    await this.addModel(join(folder, assets, 'model'));
    await cp(join(root, 'examples/mug.jpg'), join(folder, assets, 'mug.jpg'));
    return folder;
  }

  /**
   * Installs the package by npm, dependencies from the registry, into an empty folder.
   * @param packages to install besides
   * @returns the folder
   */
  async install(packages: readonly string[]): Promise<string> {
    const folder = await mkdtemp(join(this.#dir, 'installed-'));
    await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
    const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--silent'];
    execFileSync('npm', [...install, this.#tarball, ...packages], { cwd: folder, stdio: 'pipe' });
    return folder;
  }

  /** Puts the shipped model there. */
  addModel(folder: string): Promise<void> {
    return cp(join(root, 'models/office31-a2w-mobilenetv2'), folder, { recursive: true });
  }

  remove(): Promise<void> {
    return rm(this.#dir, { recursive: true });
  }
}

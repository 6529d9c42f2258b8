import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A folder outside of the repository in which examples are set up with the package as npm packs it. */
export class PackedPackage {
  readonly #dir: string;
  readonly #tarball: string;
  readonly #examples = new Map<string, Promise<string>>();

  private constructor(dir: string, tarball: string) {
    this.#dir = dir;
    this.#tarball = tarball;
  }

  /** Builds and packs the package as it is now. */
  static async make(): Promise<PackedPackage> {
    const dir = await mkdtemp(join(tmpdir(), 'rtfq-packed-'));
    for (const script of ['buildPackage', 'buildTypes']) {
      execFileSync(process.execPath, [join(root, `scripts/${script}.mjs`)], { stdio: 'pipe' });
    }
    const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', dir];
    const tarball = execFileSync('npm', pack, { cwd: root, encoding: 'utf8' }).trim();
    return new PackedPackage(dir, join(dir, tarball));
  }

  /**
   * An example as its reader has it: what it depends on installed by npm, with the shipped model and the picture.
   * @param assets folder of the example, '' for itself, where model and picture belong
   * @returns its folder, the same for every call
   */
  example(name: string, assets: string): Promise<string> {
    const made = this.#examples.get(name) ?? this.#setUp(name, assets);
    this.#examples.set(name, made);
    return made;
  }

  async #setUp(name: string, assets: string): Promise<string> {
    const folder = join(this.#dir, name);
    await cp(join(root, 'examples', name), folder, { recursive: true });
    this.#npmInstall(folder, []);
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
    this.#npmInstall(folder, packages);
    return folder;
  }

  #npmInstall(folder: string, packages: readonly string[]): void {
    const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--silent'];
    execFileSync('npm', [...install, this.#tarball, ...packages], { cwd: folder, stdio: 'pipe' });
  }

  /** Puts the shipped model there. */
  addModel(folder: string): Promise<void> {
    return cp(join(root, 'models/office31-a2w-mobilenetv2'), folder, { recursive: true });
  }

  remove(): Promise<void> {
    return rm(this.#dir, { recursive: true });
  }
}

import { packedBytes, weightLayout } from '../model/layout.ts';
import type { Manifest, SubnetEntry } from '../model/manifest.ts';
import { formatSubnet, type Subnet } from '../network/subnet.ts';
import type { BitWidth } from '../quant/bits.ts';
import { selfTestSubnets } from '../runtime/selfTest.ts';
import type { Session } from '../runtime/session.ts';

// A program keeps its table and, in the backend's own memory, its numbers once more and the kernels' arguments.
const programCopies = 2.5;

/** What of a model is in memory, in bytes, and what goes when it is too much: what ran longest ago. */
export class Memory {
  readonly #session: Session;
  /** Names of subnets, the newest last. */
  readonly #used = new Set<string>();
  readonly #packBytes = new Map<BitWidth | 'shared', number>();

  constructor(session: Session) {
    this.#session = session;
  }

  /** Of the weights and programs that are there. */
  get sizeBytes(): number {
    const packs = this.#session.loadedBits.map((bits) => this.#bytesOf(bits));
    const programs = this.#prepared().map(programBytes);
    return [...packs, ...programs].reduce((a, b) => a + b, this.#bytesOf('shared'));
  }

  /** What a subnet takes where there is nothing else. */
  aloneBytes(subnet: SubnetEntry): number {
    return this.#bytesOf('shared') + this.#bytesOf(subnet.bits) + programBytes(subnet);
  }

  /** What a subnet takes in addition to what is there. */
  addedBytes(subnet: SubnetEntry): number {
    if (this.#session.isPrepared(subnet)) return 0;
    const hasPack = this.#session.loadedBits.includes(subnet.bits);
    return programBytes(subnet) + (hasPack ? 0 : this.#bytesOf(subnet.bits));
  }

  /** To be told of each subnet that is prepared or begins to run. */
  touch(subnet: Subnet): void {
    const name = formatSubnet(subnet);
    this.#used.delete(name);
    this.#used.add(name);
  }

  /**
   * Gives back what ran longest ago, weights with the last of their programs, until the rest fits; never the
   * active subnet.
   * @returns whether anything was given back
   */
  trim(maxBytes: number): boolean {
    const { active, subnets } = this.#session;
    const activeName = active === null ? '' : formatSubnet(active);
    let isChanged = false;
    for (const name of [...this.#used]) {
      if (this.sizeBytes <= maxBytes) break;
      const entry = subnets.find((subnet) => formatSubnet(subnet) === name);
      if (entry === undefined || name === activeName) continue;
      this.#session.evict(entry);
      this.#used.delete(name);
      isChanged = true;
      if (!this.#prepared().some(({ bits }) => bits === entry.bits)) {
        this.#session.evictPack(entry.bits);
      }
    }
    return isChanged;
  }

  #bytesOf(pack: BitWidth | 'shared'): number {
    const known = this.#packBytes.get(pack) ?? packBytes(this.#session.model.manifest, pack);
    this.#packBytes.set(pack, known);
    return known;
  }

  #prepared(): readonly SubnetEntry[] {
    return this.#session.subnets.filter((subnet) => this.#session.isPrepared(subnet));
  }
}

/** A pack as it is stored, its weights unpacked to a byte each, and the table that backends are tried by. */
function packBytes(manifest: Manifest, id: BitWidth | 'shared'): number {
  const { shared, perBits } = manifest.packs;
  const file = id === 'shared' ? shared : perBits[manifest.bits.indexOf(id)]!;
  const kind = id === 'shared' ? 'shared' : 'perBits';
  const unpacked = manifest.layers
    .filter(({ weights }) => weights?.pack === kind)
    .map((layer) => packedBytes(weightLayout(layer), 8));
  const tried = selfTestSubnets(manifest).find(({ bits }) => bits === id);
  const tableBytes = tried?.selfTest === undefined ? 0 : tried.table.sizeBytes;
  return unpacked.reduce((a, b) => a + b, file.sizeBytes + tableBytes);
}

function programBytes({ table }: SubnetEntry): number {
  return programCopies * table.sizeBytes;
}

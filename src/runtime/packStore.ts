import type { Model, ReadOptions, WeightPack } from '../model/reader.ts';
import type { BitWidth } from '../quant/bits.ts';
import { once } from './sharedWork.ts';

type LoadOptions = Pick<ReadOptions, 'onProgress'>;

/** The weights of a model that have been loaded: bytes, for whichever backend needs them. */
export class PackStore {
  readonly #model: Model;
  readonly #onLoaded: (pack: WeightPack) => void;
  /** Those that are there, and those on their way. */
  readonly #loading = new Map<WeightPack['id'], Promise<void>>();
  readonly #packs = new Map<WeightPack['id'], WeightPack>();
  /** How many work with a bit-width's weights. */
  readonly #users = new Map<BitWidth, number>();

  /** @param onLoaded told of a pack before it is there for others */
  constructor(model: Model, onLoaded: (pack: WeightPack) => void) {
    this.#model = model;
    this.#onLoaded = onLoaded;
  }

  /** Bit-widths whose weights are there, or on their way. */
  get bits(): readonly BitWidth[] {
    return this.#model.manifest.bits.filter((bits) => this.#loading.has(bits));
  }

  /** All that are there, those that the bit-widths share among them. */
  get packs(): Iterable<WeightPack> {
    return this.#packs.values();
  }

  has(id: WeightPack['id']): boolean {
    return this.#packs.has(id);
  }

  /** @throws RtfqError `MODEL_*`, and what `onLoaded` throws */
  async load(bits: BitWidth, options: LoadOptions): Promise<void> {
    await Promise.all([this.#load('shared', options), this.#load(bits, options)]);
  }

  /** Does work for which a bit-width's weights have to stay; they are there when it begins. */
  async use<T>(bits: BitWidth, options: LoadOptions, work: () => Promise<T>): Promise<T> {
    // Given back, maybe, since they were loaded.
    while (!this.#packs.has('shared') || !this.#packs.has(bits)) await this.load(bits, options);
    return this.keep([bits], work);
  }

  /** Does work during which these weights stay, as far as they are there. */
  async keep<T>(bits: Iterable<BitWidth>, work: () => Promise<T>): Promise<T> {
    const kept = [...bits];
    for (const one of kept) this.#users.set(one, (this.#users.get(one) ?? 0) + 1);
    try {
      return await work();
    } finally {
      for (const one of kept) {
        const left = this.#users.get(one)! - 1;
        if (left > 0) this.#users.set(one, left);
        else this.#users.delete(one);
      }
    }
  }

  /** @returns whether they are gone; weights in use and on their way stay */
  evict(bits: BitWidth): boolean {
    if (this.#users.has(bits) || !this.#packs.has(bits)) return false;
    this.#packs.delete(bits);
    this.#loading.delete(bits);
    return true;
  }

  clear(): void {
    this.#packs.clear();
    this.#loading.clear();
  }

  #load(id: WeightPack['id'], options: LoadOptions): Promise<void> {
    return once(this.#loading, id, async () => {
      const pack = await this.#model.readPack(id, options);
      this.#onLoaded(pack);
      this.#packs.set(id, pack);
    });
  }
}

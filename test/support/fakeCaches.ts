/** What a storage does wrong, from when it is set. */
export interface CacheFaults {
  /** Thrown when the named cache is opened. */
  open?: Error;
  match?: Error;
  put?: Error;
  /** Nothing is ever answered. */
  isSilent?: boolean;
}

/** The part of `CacheStorage` that the package uses, in memory. */
export class FakeCaches {
  readonly faults: CacheFaults = {};
  readonly #caches = new Map<string, Map<string, { bytes: Uint8Array; headers: Headers }>>();

  async has(name: string): Promise<boolean> {
    return this.#caches.has(name);
  }

  async open(name: string) {
    await this.#answer(this.faults.open);
    const entries = this.#caches.get(name) ?? new Map();
    this.#caches.set(name, entries);
    const urlOf = (key: string | Request) => (typeof key === 'string' ? key : key.url);
    return {
      match: async (key: string | Request) => {
        await this.#answer(this.faults.match);
        const entry = entries.get(urlOf(key));
        return entry && new Response(entry.bytes, { headers: entry.headers });
      },
      put: async (key: string | Request, response: Response) => {
        const bytes = new Uint8Array(await response.arrayBuffer());
        await this.#answer(this.faults.put);
        entries.set(urlOf(key), { bytes, headers: response.headers });
      },
      delete: async (key: string | Request) => entries.delete(urlOf(key)),
      keys: async () => [...entries.keys()].map((url) => new Request(url)),
    };
  }

  /** Flips a bit of everything that is kept. */
  damage(): void {
    for (const entries of this.#caches.values()) {
      for (const { bytes } of entries.values()) bytes[0]! ^= 1;
    }
  }

  async #answer(fault: Error | undefined): Promise<void> {
    if (this.faults.isSilent) await new Promise<never>(() => {});
    if (fault) throw fault;
  }
}

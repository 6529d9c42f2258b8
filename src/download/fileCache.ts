import type { FileReference } from '../model/manifest.ts';
import {
  cacheName,
  keptFileOf,
  parsePieceKey,
  pieceCount,
  pieceKey,
  pieceLength,
  pieceResponse,
} from './pieces.ts';

/** Why model files are downloaded that might have been kept. Never more than that: loading goes on. */
export interface CacheProblem {
  /**
   * `unavailable`: nothing can be kept here, as on a page that is not served securely, or in a sandboxed frame;
   * `full`: no more can be kept; `corrupted`: what was kept was not the file, and has been thrown away.
   */
  readonly kind: 'unavailable' | 'full' | 'corrupted';
  /** null: it is about all of them. */
  readonly file: string | null;
  /** In the browser's words. */
  readonly reason: string;
}

// Storage that does not answer must not hold up a page for longer than most downloads take.
const patienceMs = 3000;

/**
 * One model's files in the browser's cache storage, piece by piece. Nothing here ever rejects: what cannot be read
 * is not there, what cannot be written is downloaded again next time, and `onProblem` is told.
 */
export class FileCache {
  readonly #modelUrl: string;
  readonly #cache: Cache;
  readonly #onProblem: (problem: CacheProblem) => void;
  #isUsable = true;
  #isFull = false;

  private constructor(modelUrl: string, cache: Cache, onProblem: (problem: CacheProblem) => void) {
    this.#modelUrl = modelUrl;
    this.#cache = cache;
    this.#onProblem = onProblem;
  }

  /**
   * @param modelUrl absolute URL of model.json
   * @returns null where nothing can be kept
   */
  static async open(
    modelUrl: string,
    onProblem: (problem: CacheProblem) => void,
  ): Promise<FileCache | null> {
    try {
      if (globalThis.caches === undefined) throw new Error('there is no cache storage here');
      const cache = await withPatience(caches.open(cacheName));
      return new FileCache(modelUrl, cache, onProblem);
    } catch (thrown) {
      onProblem({ kind: 'unavailable', file: null, reason: reasonOf(thrown) });
      return null;
    }
  }

  /** The file's first bytes, as many pieces as are there without a gap. */
  async read(reference: FileReference): Promise<readonly Uint8Array<ArrayBuffer>[]> {
    if (!this.#isUsable) return [];
    try {
      const indices = [...Array(pieceCount(reference)).keys()];
      const found = await withPatience(
        Promise.all(indices.map((index) => this.#readPiece(reference, index))),
      );
      const gap = found.indexOf(null);
      return found.slice(0, gap < 0 ? found.length : gap).filter((piece) => piece !== null);
    } catch (thrown) {
      this.#giveUp(thrown);
      return [];
    }
  }

  async write(
    reference: FileReference,
    index: number,
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<void> {
    if (!this.#isUsable || this.#isFull) return;
    const { file, sha256, sizeBytes } = reference;
    const kept = { model: this.#modelUrl, file, sha256, sizeBytes };
    try {
      await this.#cache.put(pieceKey(reference, index), pieceResponse(bytes, kept));
    } catch (thrown) {
      if ((thrown as Error | null)?.name !== 'QuotaExceededError') this.#giveUp(thrown);
      else if (!this.#isFull) {
        this.#isFull = true;
        this.#onProblem({ kind: 'full', file, reason: reasonOf(thrown) });
      }
    }
  }

  /** Throws the file away, because what was kept of it is damaged. */
  async removeDamaged(reference: FileReference): Promise<void> {
    this.#onProblem({
      kind: 'corrupted',
      file: reference.file,
      reason: 'its hash is not that of the file',
    });
    await this.remove(reference);
  }

  async remove(reference: FileReference): Promise<void> {
    const indices = [...Array(pieceCount(reference)).keys()];
    await Promise.all(indices.map((i) => this.#cache.delete(pieceKey(reference, i)))).catch(
      (thrown) => this.#giveUp(thrown),
    );
  }

  /** Throws away what was kept for this model's URL and is none of these files: it is of an older version. */
  async keepOnly(references: readonly FileReference[]): Promise<void> {
    const known = new Set(references.map(({ sha256 }) => sha256));
    try {
      for (const request of await this.#cache.keys()) {
        const key = parsePieceKey(request.url);
        if (key === null || known.has(key.sha256)) continue;
        const response = await this.#cache.match(request);
        const kept = response && keptFileOf(key.sha256, response);
        if (kept?.model === this.#modelUrl) await this.#cache.delete(request);
      }
    } catch (thrown) {
      this.#giveUp(thrown);
    }
  }

  async #readPiece(reference: FileReference, index: number) {
    const response = await this.#cache.match(pieceKey(reference, index));
    if (response === undefined) return null;
    const bytes = new Uint8Array(await response.arrayBuffer());
    return bytes.length === pieceLength(reference, index) ? bytes : null;
  }

  #giveUp(thrown: unknown): void {
    if (!this.#isUsable) return;
    this.#isUsable = false;
    this.#onProblem({ kind: 'unavailable', file: null, reason: reasonOf(thrown) });
  }
}

function withPatience<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, reject) => {
    const fail = () => reject(new Error(`the storage did not answer in ${patienceMs} ms`));
    timer = setTimeout(fail, patienceMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
}

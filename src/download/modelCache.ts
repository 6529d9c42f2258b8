import { cacheName, type KeptFile, keptFileOf, parsePieceKey, pieceLength } from './pieces.ts';

/** A model's file as the browser keeps it for this origin. */
export interface CachedFile extends KeptFile {
  /** Fewer than `sizeBytes` where the download was not finished; it will go on from there. */
  readonly storedBytes: number;
}

/**
 * The model files that were kept on this device, of all models of this origin. Where nothing can be kept, as on a
 * page that is not served securely, there are none.
 */
export const modelCache = {
  /** All of them, also those that have only arrived in part. */
  async list(): Promise<readonly CachedFile[]> {
    return [...(await listPieces()).values()].map(({ cached }) => cached);
  },

  /**
   * Forgets files, all of them unless told which. A classifier that is at work keeps what it has loaded.
   * @returns those that were there
   */
  async clear(which: (file: CachedFile) => boolean = () => true): Promise<readonly CachedFile[]> {
    const chosen = [...(await listPieces()).values()].filter(({ cached }) => which(cached));
    for (const { cache, requests } of chosen) {
      await Promise.all(requests.map((request) => cache.delete(request)));
    }
    return chosen.map(({ cached }) => cached);
  },
} as const;

interface ListedFile {
  readonly cached: CachedFile;
  readonly cache: Cache;
  readonly requests: readonly Request[];
}

async function listPieces(): Promise<ReadonlyMap<string, ListedFile>> {
  const files = new Map<string, ListedFile>();
  const cache = await openExisting();
  if (cache === null) return files;
  for (const request of await cache.keys()) {
    const key = parsePieceKey(request.url);
    const response = key === null ? undefined : await cache.match(request);
    const kept = key !== null && response !== undefined && keptFileOf(key.sha256, response);
    if (!kept) continue;
    const known = files.get(key.sha256);
    const storedBytes = (known?.cached.storedBytes ?? 0) + pieceLength(kept, key.index);
    const requests = [...(known?.requests ?? []), request];
    files.set(key.sha256, { cached: { ...kept, storedBytes }, cache, requests });
  }
  return files;
}

/** Without making one where there was none. */
async function openExisting(): Promise<Cache | null> {
  try {
    return (await caches.has(cacheName)) ? await caches.open(cacheName) : null;
  } catch {
    return null; // no cache storage here, or none for this page
  }
}

import type { Manifest } from '../model/manifest.ts';

/** Milliseconds by the subnet's name, as `formatSubnet` writes it. */
export type CalibrationRecord = Readonly<Record<string, number>>;

/** Where the costs of one model on one backend are kept from one visit to the next. Nothing here ever fails. */
export interface CalibrationStore {
  read(): Promise<CalibrationRecord>;
  write(record: CalibrationRecord): Promise<void>;
}

const cacheName = 'rtfq-calibration';
// Browsers and clocks change: what is older is measured anew.
const freshMs = 7 * 24 * 3600 * 1000;

/**
 * In the browser's own cache storage, a kilobyte per model. Where there is none, as on a page that is not served
 * securely or may not store, each visit measures anew.
 */
export function openCalibrationStore(manifest: Manifest, backend: string): CalibrationStore {
  // Never asked of the network: the cache wants a URL for a key.
  const key = `https://rtfq.invalid/${modelHash(manifest)}/${encodeURIComponent(backend)}`;
  return {
    async read() {
      try {
        const response = await (await caches.open(cacheName)).match(key);
        return response === undefined ? {} : recordOf(await response.json());
      } catch {
        return {};
      }
    },
    async write(record) {
      try {
        const body = JSON.stringify({ atMs: Date.now(), record });
        await (await caches.open(cacheName)).put(key, new Response(body));
      } catch {
        // Measured again next time.
      }
    },
  };
}

/** Another origin's script or an older version may have written it. */
function recordOf(stored: unknown): CalibrationRecord {
  const { atMs, record } = stored as { atMs: number; record: Record<string, unknown> };
  if (!(Math.abs(Date.now() - atMs) < freshMs)) return {};
  const valid = Object.entries(record).filter(
    (entry): entry is [string, number] =>
      typeof entry[1] === 'number' && entry[1] > 0 && Number.isFinite(entry[1]),
  );
  return Object.fromEntries(valid);
}

/** The weights decide how long frames take as little as their labels do, but they name the model. */
function modelHash({ packs }: Manifest): string {
  return [packs.shared, ...packs.perBits].map(({ sha256 }) => sha256.slice(0, 12)).join('-');
}

import type { Environment } from '../chromium.ts';
import type { TimedContender } from './contender.ts';

export interface BenchRow extends Omit<TimedContender, 'modelBytes'> {
  /** Bytes, gzip, that a page loads before its first result: the runtime's code and the model. */
  readonly wireBytes: number;
}

/** What `--json` writes. */
export interface RuntimesResult {
  readonly kind: 'runtimes' | 'kernels' | 'webgpu';
  readonly environment: Environment;
  readonly network: string;
  readonly resolution: number;
  /** Frames that followed one another before the next row had its turn. */
  readonly inARow: number;
  readonly rows: readonly BenchRow[];
}

/** How much faster than a peer's row a row is, by medians; null without such a row. */
export function speedUp(rows: readonly BenchRow[], row: BenchRow, peer: Baseline): number | null {
  const same = rows.filter(({ runtime, bits }) => runtime === peer.runtime && bits === peer.bits);
  // With as many threads where the peer can have them.
  const other = same.find(({ threads }) => threads === row.threads) ?? same[0];
  return other === undefined ? null : other.medianMs / row.medianMs;
}

interface Baseline {
  readonly runtime: BenchRow['runtime'];
  readonly bits: number;
}

export const liteRtInt8: Baseline = { runtime: 'litert', bits: 8 };
export const tfjsF32: Baseline = { runtime: 'tfjs', bits: 32 };

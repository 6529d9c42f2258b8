import type { Subnet } from '../../src/network/subnet.ts';
import type { Environment } from '../chromium.ts';

/** Medians over the runs. */
export interface SubnetRow extends Subnet {
  readonly runs: number;
  /** The frame with which the session comes to this subnet from the one before in the list. */
  readonly firstMs: number;
  /** A frame when the subnet has been running for some. */
  readonly steadyMs: number;
}

/** What `--json` writes. */
export interface SubnetsResult {
  readonly kind: 'subnets';
  readonly environment: Environment;
  readonly model: string;
  readonly backend: string;
  readonly rows: readonly SubnetRow[];
}

/** Over all subnets: by how much the frame after a switch is slower, as a factor. */
export function switchCost(rows: readonly SubnetRow[]): { median: number; largest: number } {
  const factors = rows.map(({ firstMs, steadyMs }) => firstMs / steadyMs).sort((a, b) => a - b);
  return { median: factors[Math.floor(factors.length / 2)]!, largest: factors.at(-1)! };
}

import type { Work } from '../../src/backends/wasm/work.ts';
import { divisions } from '../../src/kernels/division.ts';

/** The work in as many parts as its kernel can be divided into. */
export function finestParts(work: Work): Work {
  const { rowTile, channelTile } = divisions[work.kernel];
  return {
    ...work,
    rowsPerPart: rowTile ?? work.rows,
    channelsPerPart: channelTile ?? work.channels,
  };
}

/** A register tile of a matrix product: 4 rows of 8 floats. */
export const tileRows: i32 = 4;
export const tileColumns: i32 = 8;
export const tileBytes: usize = 128;

/**
 * Writes or adds a tile to 4 rows of memory. Where fewer rows or columns are wanted it goes through
 * `spill`, `tileBytes` of scratch.
 */
// @ts-ignore: decorator
@inline
export function finishTile(
  c00: v128, c01: v128, c10: v128, c11: v128, c20: v128, c21: v128, c30: v128, c31: v128,
  to0: usize, to1: usize, to2: usize, to3: usize,
  rows: i32,
  columns: i32,
  spill: usize,
  adds: bool,
): void {
  if (rows >= tileRows && columns >= tileColumns) {
    finishRow(to0, c00, c01, adds);
    finishRow(to1, c10, c11, adds);
    finishRow(to2, c20, c21, adds);
    finishRow(to3, c30, c31, adds);
    return;
  }
  v128.store(spill, c00);
  v128.store(spill, c01, 16);
  v128.store(spill, c10, 32);
  v128.store(spill, c11, 48);
  v128.store(spill, c20, 64);
  v128.store(spill, c21, 80);
  v128.store(spill, c30, 96);
  v128.store(spill, c31, 112);
  finishPart(spill, to0, columns, adds);
  if (rows > 1) finishPart(spill + 32, to1, columns, adds);
  if (rows > 2) finishPart(spill + 64, to2, columns, adds);
  if (rows > 3) finishPart(spill + 96, to3, columns, adds);
}

// @ts-ignore: decorator
@inline
function finishRow(to: usize, low: v128, high: v128, adds: bool): void {
  v128.store(to, adds ? f32x4.add(v128.load(to), low) : low);
  v128.store(to, adds ? f32x4.add(v128.load(to, 16), high) : high, 16);
}

function finishPart(from: usize, to: usize, columns: i32, adds: bool): void {
  for (let left = min(columns, tileColumns); left > 0; left--) {
    store<f32>(to, adds ? load<f32>(to) + load<f32>(from) : load<f32>(from));
    from += 4;
    to += 4;
  }
}

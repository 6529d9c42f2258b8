import { multiplyAdd } from './multiplyAdd.as';
import { storeRow, tileBytes, tileColumns, tileRowBytes, tileRows } from './tile.as';

/**
 * Positions worked on at a time, whole tiles: their pixels stay in the second-level cache while all panels pass
 * over them.
 */
export const blockPositions: i32 = 80;
export const listBytes: usize = <usize>blockPositions << 2;
/** Scratch of `multiplyListed`: a tile of zeros, a tile of sums, and the addresses of its rows. */
export const spillBytes: usize = 2 * tileBytes + (<usize>tileRows << 2);

/** Lists the last address again up to a whole tile; what it gives is computed and not stored. */
export function padList(list: usize, count: i32): void {
  const last = load<u32>(list + (<usize>(count - 1) << 2));
  for (; count % tileRows != 0; count++) store<u32>(list + (<usize>count << 2), last);
}

/**
 * to[position][column] = sum over taps and depth of pixel[tap][position][depth] * panel[column][tap][depth]: a
 * matrix product whose left side is read through a list of pixel addresses for each tap, `listBytes` apart.
 *
 * @param pixels lists padded by `padList`
 * @param tapOffsets where each tap's weights begin in a panel, in bytes
 * @param toPixels the addresses of the rows that are written
 * @param panels [columns / 8][tap][depth][8], `panelBytes` each
 * @param spill `spillBytes` of scratch
 */
export function multiplyListed(
  pixels: usize,
  tapOffsets: usize,
  taps: i32,
  toPixels: usize,
  count: i32,
  panels: usize,
  panelBytes: usize,
  depth: i32,
  columns: i32,
  spill: usize,
): void {
  const zeros = spill;
  const sums = zeros + tileBytes;
  const sumRows = sums + tileBytes;
  memory.fill(zeros, 0, tileBytes);
  for (let row = 0; row < tileRows; row++) {
    store<u32>(sumRows + (<usize>row << 2), <u32>(sums + <usize>row * tileRowBytes));
  }
  const tapBytes = <usize>depth * tileRowBytes;
  const lastTap = taps - 1;
  for (let column = 0; column < columns; column += tileColumns) {
    const offset = <usize>column << 2;
    for (let row = 0; row < count; row += tileRows) {
      const targets = toPixels + (<usize>row << 2);
      const rows = min(tileRows, count - row);
      const isWhole = rows == tileRows && column + tileColumns <= columns;
      let list = pixels + (<usize>row << 2);
      let initial = zeros;
      for (let tap = 0; tap < lastTap; tap++) {
        const b = panels + <usize>load<u32>(tapOffsets + (<usize>tap << 2));
        multiplyTile(list, b, b + tapBytes, initial, sumRows, 0);
        initial = sums;
        list += listBytes;
      }
      const b = panels + <usize>load<u32>(tapOffsets + (<usize>lastTap << 2));
      if (isWhole) {
        multiplyTile(list, b, b + tapBytes, initial, targets, offset);
        continue;
      }
      multiplyTile(list, b, b + tapBytes, initial, sumRows, 0);
      const partBytes = <usize>min(tileColumns, columns - column) << 2;
      for (let i = 0; i < rows; i++) {
        memory.copy(<usize>load<u32>(targets + (<usize>i << 2)) + offset, sums + <usize>i * tileRowBytes, partBytes);
      }
    }
    panels += panelBytes;
  }
}

/**
 * initial[row][8] + sum over depth of pixel[row][depth] * panel[depth][8], to the rows of `targets`. The sums
 * begin as loads, and there is one way through: written otherwise V8 keeps them in memory, at half the speed.
 */
function multiplyTile(
  list: usize, b: usize, end: usize, initial: usize, targets: usize, offset: usize,
): void {
  let a0 = <usize>load<u32>(list), a1 = <usize>load<u32>(list, 4), a2 = <usize>load<u32>(list, 8);
  let a3 = <usize>load<u32>(list, 12), a4 = <usize>load<u32>(list, 16);
  let c00 = v128.load(initial), c01 = v128.load(initial, 16);
  let c10 = v128.load(initial, 32), c11 = v128.load(initial, 48);
  let c20 = v128.load(initial, 64), c21 = v128.load(initial, 80);
  let c30 = v128.load(initial, 96), c31 = v128.load(initial, 112);
  let c40 = v128.load(initial, 128), c41 = v128.load(initial, 144);
  while (b < end) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = v128.load_splat<f32>(a0);
    c00 = multiplyAdd(x, b0, c00);
    c01 = multiplyAdd(x, b1, c01);
    x = v128.load_splat<f32>(a1);
    c10 = multiplyAdd(x, b0, c10);
    c11 = multiplyAdd(x, b1, c11);
    x = v128.load_splat<f32>(a2);
    c20 = multiplyAdd(x, b0, c20);
    c21 = multiplyAdd(x, b1, c21);
    x = v128.load_splat<f32>(a3);
    c30 = multiplyAdd(x, b0, c30);
    c31 = multiplyAdd(x, b1, c31);
    x = v128.load_splat<f32>(a4);
    c40 = multiplyAdd(x, b0, c40);
    c41 = multiplyAdd(x, b1, c41);
    a0 += 4; a1 += 4; a2 += 4; a3 += 4; a4 += 4;
    b += tileRowBytes;
  }
  storeRow(<usize>load<u32>(targets) + offset, c00, c01);
  storeRow(<usize>load<u32>(targets, 4) + offset, c10, c11);
  storeRow(<usize>load<u32>(targets, 8) + offset, c20, c21);
  storeRow(<usize>load<u32>(targets, 12) + offset, c30, c31);
  storeRow(<usize>load<u32>(targets, 16) + offset, c40, c41);
}

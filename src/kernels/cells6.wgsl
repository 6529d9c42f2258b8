// Weights of 6 bits: see model/SPEC.md, "Cells".
const cellWords = 6;

/** Four signed weights, 4 * place and on, of the cell that begins at a word of the pack. */
fn cellWord(cell: i32, place: i32) -> u32 {
  let nibbles = (weights[cell + (place & 3)] >> (4u * u32(place >> 2u))) & 0x0f0f0f0fu;
  let pairs = (weights[cell + 4 + (place & 1)] >> (2u * u32(place >> 1u))) & 0x03030303u;
  // From offset form to two's complement, and its sign into the byte's two bits above.
  let w = (nibbles | (pairs << 4u)) ^ 0x20202020u;
  return w | ((w & 0x20202020u) * 6u);
}

// Weights of 4 bits: see model/SPEC.md, "Cells".
const cellWords = 4;

/** Four signed weights, 4 * place and on, of the cell that begins at a word of the pack. */
fn cellWord(cell: i32, place: i32) -> u32 {
  let w = ((weights[cell + (place & 3)] >> (4u * u32(place >> 2u))) & 0x0f0f0f0fu) ^ 0x08080808u;
  // From two's complement of 4 bits to 8.
  return w | ((w & 0x08080808u) * 30u);
}

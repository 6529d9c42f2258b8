// Weights of 8 bits: see model/SPEC.md, "Cells".
const cellWords = 8;

/** Four signed weights, 4 * place and on, of the cell that begins at a word of the pack. */
fn cellWord(cell: i32, place: i32) -> u32 {
  return weights[cell + place];
}

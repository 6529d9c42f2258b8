/** [outer][a][b] as [outer][b][a]. */
export function swapAxes(values: Int8Array, outer: number, a: number, b: number): Int8Array {
  const swapped = new Int8Array(values.length);
  for (let o = 0, at = 0; o < outer; o++) {
    for (let j = 0; j < b; j++) {
      for (let i = 0; i < a; i++, at++) swapped[at] = values[(o * a + i) * b + j]!;
    }
  }
  return swapped;
}

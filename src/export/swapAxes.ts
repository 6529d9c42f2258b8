/** [outer][a][b] as [outer][b][a]. */
export function swapAxes<Values extends Int8Array | Float32Array>(
  values: Values,
  outer: number,
  a: number,
  b: number,
): Values {
  const swapped = values.slice() as Values;
  for (let o = 0, at = 0; o < outer; o++) {
    for (let j = 0; j < b; j++) {
      for (let i = 0; i < a; i++, at++) swapped[at] = values[(o * a + i) * b + j]!;
    }
  }
  return swapped;
}

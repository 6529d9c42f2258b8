/**
 * Whether an object of a JSON document has a key twice. `JSON.parse` takes the last one and says nothing, other
 * readers take the first: two programs would see two models in one file.
 * @param value what `JSON.parse` made of `json`
 */
export function hasRepeatedKeys(json: string, value: unknown): boolean {
  // Outside of strings each colon belongs to a key.
  const colons = json.replace(/"(?:[^"\\]|\\.)*"/g, '').match(/:/g)?.length ?? 0;
  return colons !== countKeys(value);
}

function countKeys(root: unknown): number {
  let keys = 0;
  // A list of its own, because a hostile document may be nested deeper than calls can be.
  const waiting = [root];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== 'object' || value === null) continue;
    const inner = Object.values(value);
    if (!Array.isArray(value)) keys += inner.length;
    for (const one of inner) waiting.push(one);
  }
  return keys;
}

/** One promise per key, shared by all who ask; a failure is forgotten, so that the next call tries again. */
export function once<K, T>(memo: Map<K, Promise<T>>, key: K, make: () => Promise<T>): Promise<T> {
  const known = memo.get(key);
  if (known !== undefined) return known;
  const made = make();
  memo.set(key, made);
  made.catch(() => {
    if (memo.get(key) === made) memo.delete(key);
  });
  return made;
}

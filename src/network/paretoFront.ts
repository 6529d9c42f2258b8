/**
 * The entries that no other one beats: cheaper and not worse, or better and not dearer. Of equal entries the
 * first counts.
 * @returns by rising cost, so by rising gain
 */
export function paretoFront<Entry>(
  entries: readonly Entry[],
  costOf: (entry: Entry) => number,
  gainOf: (entry: Entry) => number,
): readonly Entry[] {
  const byCost = [...entries].sort((a, b) => costOf(a) - costOf(b) || gainOf(b) - gainOf(a));
  const front: Entry[] = [];
  for (const entry of byCost) {
    const best = front.at(-1);
    if (best === undefined || gainOf(entry) > gainOf(best)) front.push(entry);
  }
  return front;
}

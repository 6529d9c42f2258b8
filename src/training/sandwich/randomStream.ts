import { seededRandom } from '../random.ts';

// FNV-1a, 32 bits (Fowler, Noll, Vo).
const offsetBasis = 0x811c9dc5;
const prime = 0x01000193;

/**
 * The random numbers for one purpose at one place of a run: the same for the same seed, purpose and
 * index, whatever was drawn before. So seed and step number are all the state that randomness has, and a
 * run that is resumed draws what an uninterrupted one would have drawn.
 */
export function randomStream(seed: number, purpose: string, index: number): () => number {
  let hash = offsetBasis;
  for (const character of `${seed}/${purpose}/${index}`) {
    hash = Math.imul(hash ^ character.charCodeAt(0), prime);
  }
  const random = seededRandom(hash >>> 0);
  // Neighbouring hashes differ in few bits; the first numbers would too.
  random();
  return random;
}

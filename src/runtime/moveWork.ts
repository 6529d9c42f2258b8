import type { Backend, Program } from '../backends/backend.ts';
import type { Manifest } from '../model/manifest.ts';
import type { WeightPack } from '../model/reader.ts';
import type { BitWidth } from '../quant/bits.ts';
import type { TrialOptions, Trials } from './trials.ts';

/** What a session has on the backend that it leaves; the lists may change while the work is moved. */
export interface Work {
  readonly manifest: Manifest;
  readonly trials: Trials;
  /** At which the new backend is tried in any case. */
  readonly bits: Iterable<BitWidth>;
  packs(): Iterable<WeightPack>;
  programs(): Iterable<Program>;
}

/**
 * Brings a session's weights and programs to another backend, which is tried first at each of their bit-widths.
 * @param takeOver told at once when all is there, before anything else can be prepared: each program, and its successor
 * @throws RtfqError as `Trials.pass` and `Backend.compile`, and what `takeOver` throws
 */
export async function moveWork(
  next: Backend,
  { manifest, trials, bits, packs, programs }: Work,
  options: TrialOptions,
  takeOver: (moved: ReadonlyMap<Program, Program>) => void,
): Promise<void> {
  const uploaded = new Set<WeightPack['id']>();
  const upload = () => {
    for (const pack of packs()) {
      if (!uploaded.has(pack.id)) next.loadPack(manifest, pack);
      uploaded.add(pack.id);
    }
  };
  const unloadEvicted = () => {
    const kept = new Set([...packs()].map(({ id }) => id));
    for (const id of uploaded) {
      if (kept.has(id) || id === 'shared') continue;
      trials.forget(next, id);
      next.unloadPack(id); // its programs were given back with it
    }
  };
  const moved = new Map<Program, Program>();
  const move = async (program: Program) => {
    await trials.pass(next, program.plan.subnet.bits, options);
    await options.pause?.();
    moved.set(program, await next.compile(program.plan));
  };
  try {
    upload();
    for (const one of bits) await trials.pass(next, one, options);
    // Some may be prepared, and weights be loaded, while others are moved.
    for (;;) {
      upload();
      const rest = [...programs()].filter((program) => !moved.has(program));
      if (rest.length === 0) break;
      for (const program of rest) await move(program);
    }
    unloadEvicted();
    takeOver(moved);
  } catch (thrown) {
    for (const program of moved.values()) program.dispose();
    throw thrown;
  }
}

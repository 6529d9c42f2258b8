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
 * @returns the programs that are there now, each with its successor: whoever adopts them must do so at once
 * @throws RtfqError as `Trials.pass` and `Backend.compile`
 */
export async function moveWork(
  next: Backend,
  { manifest, trials, bits, packs, programs }: Work,
  options: TrialOptions,
): Promise<ReadonlyMap<Program, Program>> {
  const uploaded = new Set<WeightPack['id']>();
  const upload = () => {
    for (const pack of packs()) {
      if (!uploaded.has(pack.id)) next.loadPack(manifest, pack);
      uploaded.add(pack.id);
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
    for (let rest = [...programs()]; rest.length > 0; ) {
      for (const program of rest) await move(program);
      upload();
      rest = [...programs()].filter((program) => !moved.has(program));
    }
  } catch (thrown) {
    for (const program of moved.values()) program.dispose();
    throw thrown;
  }
  const kept = new Set([...packs()].map(({ id }) => id));
  for (const id of uploaded) {
    if (kept.has(id) || id === 'shared') continue;
    trials.forget(next, id);
    next.unloadPack(id); // given back meanwhile, and its programs with it
  }
  return moved;
}

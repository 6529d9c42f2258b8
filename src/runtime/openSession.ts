import type { Backend, BackendName } from '../backends/backend.ts';
import { type BackendChoice, openBackend, type RefusedBackend } from '../backends/open.ts';
import { RtfqError } from '../errors.ts';
import type { SubnetEntry } from '../model/manifest.ts';
import { type Model, type ReadOptions, rememberPacks } from '../model/reader.ts';
import { expectRecorded, selfTestFrame, selfTestSubnets } from './selfTest.ts';
import { type ReplaceBackend, Session } from './session.ts';

/** A session, and what it could not run on. */
export interface OpenedSession {
  readonly session: Session;
  /** Backends that were preferred but not taken, and why. */
  readonly refused: readonly RefusedBackend[];
}

/** For `openSession`. */
export interface OpenSessionOptions extends ReadOptions {
  /** A device was lost, and another backend has its place. */
  readonly onReplaced?: ((replaced: ReplacedBackend) => void) | undefined;
}

/** A lost device and what took its place. */
export interface ReplacedBackend {
  readonly from: BackendName;
  readonly to: Backend;
  readonly reason: RtfqError;
}

/** In this order where `auto` cannot tell by time. */
const preference: readonly BackendName[] = ['webgpu', 'wasm', 'tfjs', 'reference'];
// Those that may be the fastest; the others are for devices that can run neither.
const fastBackends: ReadonlySet<BackendName> = new Set(['webgpu', 'wasm']);
// Tried before and after warming up: drivers have been seen to err in the one or the other.
const warmUpRuns = 4;
const timedRuns = 5;
// Of what takes a lost device's place, so often the same kind is tried again.
const sameKindAttempts = 2;

/**
 * Opens a model on the backend that is asked for, or on the fastest: with `auto`, where the GPU and wasm can both
 * run, both are timed on the model's cheapest subnet. A backend is tried on the answers that the model records,
 * before and after it has warmed up, and refused where it is wrong.
 * @throws RtfqError `BACKEND_UNAVAILABLE` | `MODEL_*` | `ABORTED`
 */
export async function openSession(
  model: Model,
  choice: BackendChoice,
  { onReplaced, ...reading }: OpenSessionOptions = {},
): Promise<OpenedSession> {
  const shared = rememberPacks(model);
  const replaceLost: ReplaceBackend = async (lost, reason, attempt) => {
    const to = await openReplacement(lost.name, attempt);
    onReplaced?.({ from: lost.name, to, reason });
    return to;
  };
  const refused: RefusedBackend[] = [];
  const opened: Candidate[] = [];
  try {
    for (const name of choice === 'auto' ? preference : [choice]) {
      if (opened.length > 0 && !fastBackends.has(name)) break;
      try {
        opened.push(await tryBackend(name, shared.model, replaceLost, reading));
      } catch (thrown) {
        const error = RtfqError.from(thrown);
        // After a lost connection, say, a slower backend would hide a failure that trying again may mend.
        if (choice !== 'auto' || error.code !== 'BACKEND_UNAVAILABLE') throw error;
        refused.push({ name, reason: error.message });
      }
    }
    const [best, ...slower] = await byTime(opened, reading);
    if (best === undefined) {
      throw new RtfqError('BACKEND_UNAVAILABLE', 'no backend can run here', {
        got: refused.map(({ name, reason }) => `${name}: ${reason}`).join(' | '),
      });
    }
    for (const { name, session } of slower) {
      session.dispose();
      refused.push({ name, reason: `slower here than ${best.name}` });
    }
    return { session: best.session, refused };
  } catch (thrown) {
    for (const { session } of opened) session.dispose();
    throw thrown;
  } finally {
    shared.forget();
  }
}

interface Candidate {
  readonly name: BackendName;
  readonly session: Session;
  /** The subnet that backends are tried on. */
  readonly trial: SubnetEntry;
}

async function tryBackend(
  name: BackendName,
  model: Model,
  replaceLost: ReplaceBackend,
  reading: ReadOptions,
): Promise<Candidate> {
  const backend = await openBackend(name);
  const session = new Session(model, backend, replaceLost);
  try {
    const trial = selfTestSubnets(model.manifest).at(-1)!;
    for (let run = 0; trial.selfTest !== undefined && run < warmUpRuns; run++) {
      const { logits } = await session.runOnce(trial, selfTestFrame(), reading);
      expectRecorded(backend, trial, logits);
    }
    return { name, session, trial };
  } catch (thrown) {
    session.dispose();
    throw thrown;
  }
}

/** The one that takes the least time for the trial subnet first. */
async function byTime(
  candidates: readonly Candidate[],
  reading: ReadOptions,
): Promise<readonly Candidate[]> {
  if (candidates.length < 2) return candidates;
  const timed: { readonly candidate: Candidate; readonly ms: number }[] = [];
  for (const candidate of candidates) {
    timed.push({ candidate, ms: await medianMs(candidate, reading) });
  }
  return timed.sort((a, b) => a.ms - b.ms).map(({ candidate }) => candidate);
}

async function medianMs({ session, trial }: Candidate, reading: ReadOptions): Promise<number> {
  const samples: number[] = [];
  await session.runOnce(trial, selfTestFrame(), reading); // the first warms up
  for (let run = 0; run < timedRuns; run++) {
    const { inferenceMs } = await session.runOnce(trial, selfTestFrame());
    samples.push(inferenceMs);
  }
  return samples.sort((a, b) => a - b)[timedRuns >> 1]!;
}

/** The same kind again on a new device, and after that what needs no device. */
async function openReplacement(name: BackendName, attempt: number): Promise<Backend> {
  if (attempt <= sameKindAttempts) {
    const again = await openBackend(name).catch((thrown) => {
      if (RtfqError.from(thrown).code === 'BACKEND_UNAVAILABLE') return null;
      throw thrown;
    });
    if (again !== null) return again;
  }
  return openBackend('wasm').catch(() => openBackend('reference'));
}

import type { BackendName } from '../backends/backend.ts';
import { checkBackend, checkThreads } from '../backends/checkChoice.ts';
import { type BackendChoice, openBackend, type RefusedBackend } from '../backends/open.ts';
import type { ThreadOptions } from '../backends/wasm/threads/plannedThreads.ts';
import { RtfqError } from '../errors.ts';
import type { SubnetEntry } from '../model/manifest.ts';
import { type Model, type ReadOptions, rememberPacks } from '../model/reader.ts';
import { selfTestFrame, selfTestSubnets } from './selfTest.ts';
import { Session } from './session.ts';
import {
  describeRefused,
  isBackendsFault,
  preference,
  type ReplacedBackend,
  Succession,
} from './succession.ts';

/** A session, and what it could not run on. */
export interface OpenedSession {
  readonly session: Session;
  /** Backends that were preferred but not taken, and why. */
  readonly refused: readonly RefusedBackend[];
}

/** For `openSession`. */
export interface OpenSessionOptions extends ReadOptions, ThreadOptions {
  /** A device was lost, or a backend found to compute wrongly, and another one has its place. */
  readonly onReplaced?: ((replaced: ReplacedBackend) => void) | undefined;
}

// Those that may be the fastest; the others are for devices that can run neither.
const fastBackends: ReadonlySet<BackendName> = new Set(['webgpu', 'wasm']);
const timedRuns = 5;

/**
 * Opens a model on the backend that is asked for, or on the fastest: with `auto`, where the GPU and wasm can both
 * run, both are timed on the model's cheapest subnet. A backend is tried on the answers that the model records,
 * before and after it has warmed up, and refused where it is wrong: here at the bit-width of the smallest weights, and
 * at each other one before its subnets are used.
 * @throws RtfqError `INVALID_ARGUMENT` | `BACKEND_UNAVAILABLE` | `DEVICE_LOST` | `OUT_OF_MEMORY` | `MODEL_*` | `ABORTED`
 */
export async function openSession(
  model: Model,
  choice: BackendChoice,
  { onReplaced, threads = 'auto', createThread, ...reading }: OpenSessionOptions = {},
): Promise<OpenedSession> {
  checkBackend(choice);
  checkThreads(threads);
  const shared = rememberPacks(model);
  const succession = new Succession(onReplaced);
  const refused: RefusedBackend[] = [];
  const opened: Session[] = [];
  try {
    // Chosen before a backend is open, which would be left so where the choice fails.
    const trial = selfTestSubnets(shared.model.manifest).at(-1)!;
    for (const name of choice === 'auto' ? preference : [choice]) {
      if (opened.length > 0 && !fastBackends.has(name)) break;
      try {
        const backend = await openBackend(name, { threads, createThread });
        const session = new Session(shared.model, backend, succession);
        await trySession(session, trial, succession, reading);
        opened.push(session);
      } catch (thrown) {
        const error = RtfqError.from(thrown);
        // After a lost connection, say, a slower backend would hide a failure that trying again may mend.
        if (choice !== 'auto' || !isBackendsFault(error)) throw error;
        refused.push({ name, reason: error.message });
      }
    }
    const [best, ...slower] = await byTime(opened, trial, reading);
    if (best === undefined) {
      throw new RtfqError('BACKEND_UNAVAILABLE', 'no backend can run here', {
        got: describeRefused(refused),
      });
    }
    for (const session of slower) {
      refused.push({
        name: session.backend.name,
        reason: `slower here than ${best.backend.name}`,
      });
      session.dispose();
    }
    return { session: best, refused };
  } catch (thrown) {
    for (const session of opened) session.dispose();
    throw thrown;
  } finally {
    shared.forget();
  }
}

async function trySession(
  session: Session,
  trial: SubnetEntry,
  succession: Succession,
  reading: ReadOptions,
): Promise<void> {
  try {
    await session.tryBackend(trial.bits, reading);
  } catch (thrown) {
    const { name } = session.backend;
    session.dispose();
    succession.refuse(name, new Set([trial.bits]), RtfqError.from(thrown));
    throw thrown;
  }
}

/** The one that takes the least time for the trial subnet first. */
async function byTime(
  sessions: readonly Session[],
  trial: SubnetEntry,
  reading: ReadOptions,
): Promise<readonly Session[]> {
  if (sessions.length < 2) return sessions;
  const timed: { readonly session: Session; readonly ms: number }[] = [];
  for (const session of sessions) {
    timed.push({ session, ms: await medianMs(session, trial, reading) });
  }
  return timed.sort((a, b) => a.ms - b.ms).map(({ session }) => session);
}

async function medianMs(
  session: Session,
  trial: SubnetEntry,
  reading: ReadOptions,
): Promise<number> {
  const samples: number[] = [];
  await session.runOnce(trial, selfTestFrame(), reading); // the first warms up
  for (let run = 0; run < timedRuns; run++) {
    const { inferenceMs } = await session.runOnce(trial, selfTestFrame());
    samples.push(inferenceMs);
  }
  return samples.sort((a, b) => a - b)[timedRuns >> 1]!;
}

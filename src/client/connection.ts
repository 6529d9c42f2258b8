import { type Remote, releaseProxy, wrap } from 'comlink';
import { RtfqError } from '../errors.ts';
import type { Settled, WorkerHost } from '../worker/protocol.ts';

export interface WorkerSource {
  /** Makes the worker; wins over `workerUrl`. */
  readonly createWorker?: (() => Worker) | undefined;
  readonly workerUrl?: URL | undefined;
}

/**
 * The bridge to one worker. Nothing waits for a dead one: when the worker dies, or is ended here, every
 * pending and every later call rejects with the error that ended it.
 */
export class Connection {
  readonly #worker: Worker;
  readonly #host: Remote<WorkerHost>;
  readonly #pending = new Set<(reason: RtfqError) => void>();
  readonly #lockWait = new AbortController();
  #endedBy: RtfqError | null = null;
  #resolveEnded!: (reason: RtfqError) => void;

  /** Resolves, with the reason, when there is no worker any more. */
  readonly ended: Promise<RtfqError> = new Promise((resolve) => {
    this.#resolveEnded = resolve;
  });

  /** @throws RtfqError `WORKER_DIED` when no worker can be made here */
  constructor(source: WorkerSource) {
    this.#worker = makeWorker(source);
    this.#worker.addEventListener('error', this.#onError);
    this.#worker.addEventListener('messageerror', this.#onMessageError);
    this.#host = wrap<WorkerHost>(this.#worker);
  }

  /**
   * Watches over the worker's life through a Web Lock that the worker holds: no event tells of a worker
   * that was terminated or whose process the browser killed. Without Web Locks, as on a page that is not
   * served securely, it watches over nothing.
   * @throws RtfqError `WORKER_DIED`
   */
  async watch(): Promise<void> {
    if (globalThis.navigator?.locks === undefined) return;
    const name = `rtfq-worker-${crypto.getRandomValues(new Uint32Array(4)).join('-')}`;
    const isHeld = await this.call((host) => host.holdLock(name));
    if (!isHeld || this.#endedBy) return;
    navigator.locks
      .request(name, { signal: this.#lockWait.signal }, () => this.end(died('it was terminated')))
      .catch(() => {}); // aborted by end()
  }

  /** @throws RtfqError as the worker settled the call, or the one that ended the connection */
  call<T>(invoke: (host: Remote<WorkerHost>) => Promise<Settled<T>>): Promise<T> {
    if (this.#endedBy) return Promise.reject(this.#endedBy);
    return new Promise<T>((resolve, reject) => {
      this.#pending.add(reject);
      invoke(this.#host)
        .then(
          (settled) =>
            settled.ok ? resolve(settled.value) : reject(RtfqError.deserialize(settled.error)),
          (thrown) => reject(notSent(thrown)),
        )
        .finally(() => this.#pending.delete(reject));
    });
  }

  /** Terminates the worker and rejects whatever is pending; the first reason stays. */
  end(reason: RtfqError): void {
    if (this.#endedBy) return;
    this.#endedBy = reason;
    this.#lockWait.abort();
    this.#worker.terminate();
    // As long as comlink knows the proxy, it keeps the worker, and through its listeners all that hears of it.
    this.#host[releaseProxy]();
    for (const reject of this.#pending) reject(reason);
    this.#pending.clear();
    this.#resolveEnded(reason);
  }

  readonly #onError = (event: ErrorEvent): void => {
    event.preventDefault();
    const { message, filename } = event;
    this.end(
      message
        ? died(`${message} (${filename}:${event.lineno})`)
        : died('its script could not be loaded', scriptHint),
    );
  };

  readonly #onMessageError = (): void => {
    this.end(died('one of its messages could not be read'));
  };
}

const scriptHint =
  'is the worker script served, as JavaScript, from this origin? See workerUrl and createWorker';

function makeWorker({ createWorker, workerUrl }: WorkerSource): Worker {
  if (createWorker === undefined && typeof Worker === 'undefined') {
    throw new RtfqError('WORKER_DIED', 'there are no workers here', {
      hint: 'create classifiers in a browser; importing rtfq elsewhere is fine',
    });
  }
  try {
    if (createWorker) return createWorker();
    if (workerUrl) return new Worker(workerUrl, { type: 'module' });
    // The form in which bundlers find the script.
    return new Worker(new URL('../worker/main.ts', import.meta.url), { type: 'module' });
  } catch (cause) {
    throw new RtfqError('WORKER_DIED', 'the worker could not be started', {
      got: cause instanceof Error ? cause.message : String(cause),
      hint: scriptHint,
      cause,
    });
  }
}

function died(got: string, hint?: string): RtfqError {
  return new RtfqError('WORKER_DIED', 'the worker died', {
    got,
    hint: hint ?? 'create a new classifier',
  });
}

/** comlink rejects only when a message cannot be posted. */
function notSent(thrown: unknown): RtfqError {
  if (!(thrown instanceof Error) || thrown.name !== 'DataCloneError') return RtfqError.from(thrown);
  return new RtfqError('UNSUPPORTED_IMAGE', 'the picture may not be handed to a worker', {
    got: thrown.message,
    hint: 'a picture of another origin needs CORS headers and crossorigin="anonymous"',
    cause: thrown,
  });
}

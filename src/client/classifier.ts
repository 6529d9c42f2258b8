import { proxy } from 'comlink';
import { RtfqError, throwIfAborted } from '../errors.ts';
import type { Subnet } from '../network/subnet.ts';
import type { OpenedModel, SubnetState } from '../worker/protocol.ts';
import { Connection } from './connection.ts';
import { FrameFlow } from './frameFlow.ts';
import { checkBudget, checkOptions, checkPin } from './options.ts';
import type {
  Budget,
  CalibratedSubnet,
  Capabilities,
  Classification,
  Classifier,
  ClassifierOptions,
  ClassifierStats,
  ClassifyOptions,
  ImageSource,
  LoadProgress,
  Pin,
  SwitchDetail,
} from './types.ts';

/**
 * Starts a worker, opens a model in it and prepares its first subnet: the best that the budget allows.
 * @throws RtfqError `INVALID_ARGUMENT` | `MODEL_*` | `BACKEND_UNAVAILABLE` | `WORKER_DIED` | `ABORTED`
 */
export async function createClassifier(options: ClassifierOptions): Promise<Classifier> {
  const { modelUrl, backend, budget, workerUrl, createWorker } = checkOptions(options);
  const { signal, onProgress } = options;
  throwIfAborted(signal);
  const connection = new Connection({ workerUrl, createWorker });
  // Ending the worker ends its downloads too.
  const abort = () =>
    connection.end(
      new RtfqError('ABORTED', 'opening was aborted by its signal', { cause: signal?.reason }),
    );
  signal?.addEventListener('abort', abort);
  try {
    await connection.watch();
    const report = proxy(progressReporter(onProgress));
    const opened = await connection.call((host) =>
      host.open({ modelUrl, backend, budget }, report),
    );
    return new WorkerClassifier(connection, opened);
  } catch (thrown) {
    const error = RtfqError.from(thrown);
    connection.end(error);
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

function progressReporter(onProgress: ClassifierOptions['onProgress']) {
  return (progress: Omit<LoadProgress, 'phase'>): void => {
    try {
      onProgress?.({ phase: 'fetch', ...progress });
    } catch (thrown) {
      // The page's own mistake: it must show there, and not break the loading.
      queueMicrotask(() => {
        throw thrown;
      });
    }
  };
}

// An EventTarget that knows its one event's type.
const SwitchTarget = EventTarget as new () => Pick<Classifier, keyof EventTarget>;

class WorkerClassifier extends SwitchTarget implements Classifier {
  readonly capabilities: Capabilities;
  readonly classes: readonly string[];
  readonly cropFraction: number;
  readonly #connection: Connection;
  readonly #frames: FrameFlow;
  #state: SubnetState;
  #switches = 0;

  constructor(connection: Connection, { active, subnets, ...model }: OpenedModel) {
    super();
    this.#connection = connection;
    this.#frames = new FrameFlow(connection);
    this.#state = { active, subnets };
    this.capabilities = model.capabilities;
    this.classes = model.classes;
    this.cropFraction = model.cropFraction;
  }

  get subnets(): readonly CalibratedSubnet[] {
    return this.#state.subnets;
  }

  get active(): Subnet {
    return this.#state.active;
  }

  get stats(): ClassifierStats {
    return { ...this.#frames.stats, switches: this.#switches };
  }

  classify(image: ImageSource, options: ClassifyOptions = {}): Promise<Classification> {
    return this.#frames.classify(image, options);
  }

  async pin(pin: Pin): Promise<void> {
    checkPin(pin);
    this.#adopt(await this.#connection.call((host) => host.pin(pin)), 'pin');
  }

  async setBudget(budget: Budget): Promise<void> {
    checkBudget(budget);
    this.#adopt(await this.#connection.call((host) => host.setBudget(budget)), 'budget');
  }

  async dispose(): Promise<void> {
    this.#connection.end(new RtfqError('DISPOSED', 'the classifier has been disposed of'));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #adopt(state: SubnetState, reason: SwitchDetail['reason']): void {
    const from = this.#state.active;
    const to = state.active;
    this.#state = state;
    if (sameSubnet(from, to)) return;
    this.#switches += 1;
    this.dispatchEvent(new CustomEvent<SwitchDetail>('switch', { detail: { from, to, reason } }));
  }
}

function sameSubnet(a: Subnet, b: Subnet): boolean {
  return a.width === b.width && a.resolution === b.resolution && a.bits === b.bits;
}

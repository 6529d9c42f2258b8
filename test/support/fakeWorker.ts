import { expose } from 'comlink';
import type { Signals } from '../../src/budget/signals.ts';
import type {
  FrameResult,
  HostClassifyOptions,
  HostListener,
  HostState,
  OpenedModel,
  OpenOptions,
  Settled,
  SmoothingStep,
  TransferableFrame,
  WorkerHost,
} from '../../src/worker/protocol.ts';

const active = { width: 1, resolution: 32, bits: 8 } as const;

const opened: OpenedModel = {
  active,
  paceMs: 0,
  subnets: [],
  classes: ['ant', 'bee'],
  cropFraction: 1,
  capabilities: {
    backend: 'fake',
    description: '',
    refused: [],
    cacheProblems: [],
    crossOriginIsolated: false,
    threads: null,
  },
};

const goodResult: FrameResult = {
  active,
  paceMs: 0,
  classes: [],
  average: null,
  subnet: active,
  pixelsMs: 1,
  inferenceMs: 2,
  limitMs: Number.POSITIVE_INFINITY,
  switched: null,
};

function ok<T>(value: T): Settled<T> {
  return { ok: true, value };
}

/** A host whose answers the test gives when it wants to. */
export class ScriptedHost implements WorkerHost {
  /** Frames that were received, each with the function that answers it. */
  readonly received: {
    readonly frame: TransferableFrame;
    readonly topK: number;
    readonly intervalMs: number;
    readonly smoothing: SmoothingStep | null;
    readonly answer: (given?: Partial<FrameResult> | Settled<FrameResult>) => void;
  }[] = [];
  openOptions: OpenOptions | null = null;
  /** What opening, pinning and budgets answer; the real thing's good answers unless changed. */
  answers: {
    open: (listener: HostListener) => Settled<OpenedModel> | Promise<Settled<OpenedModel>>;
    change: () => Settled<HostState> | Promise<Settled<HostState>>;
  } = { open: () => ok(opened), change: () => ok({ active, paceMs: 0 }) };
  /** What the page said of the device, the newest last. */
  readonly signals: Signals[] = [];
  listener: HostListener = () => {};

  async holdLock(): Promise<Settled<boolean>> {
    return ok(false);
  }

  async open(options: OpenOptions, listener: HostListener): Promise<Settled<OpenedModel>> {
    this.openOptions = options;
    this.listener = listener;
    return this.answers.open(listener);
  }

  classify(
    frame: TransferableFrame,
    { topK, intervalMs, smoothing }: HostClassifyOptions,
  ): Promise<Settled<FrameResult>> {
    return new Promise((resolve) => {
      const answer = (given: Partial<FrameResult> | Settled<FrameResult> = {}) =>
        resolve('ok' in given ? given : ok({ ...goodResult, ...given }));
      this.received.push({ frame, topK, intervalMs, smoothing, answer });
    });
  }

  async pin(): Promise<Settled<HostState>> {
    return this.answers.change();
  }

  async setBudget(): Promise<Settled<HostState>> {
    return this.answers.change();
  }

  async setSignals(signals: Signals): Promise<Settled<HostState>> {
    this.signals.push(signals);
    return this.answers.change();
  }
}

/** A stand-in for a Worker, with the host at the other end of a message channel. */
export class FakeWorker extends EventTarget {
  readonly #page: MessagePort;
  isTerminated = false;

  constructor(host: WorkerHost) {
    super();
    const { port1, port2 } = new MessageChannel();
    this.#page = port1;
    expose(host, port2);
    port1.onmessage = ({ data }) => this.dispatchEvent(new MessageEvent('message', { data }));
  }

  postMessage(message: unknown, transfer: Transferable[]): void {
    if (!this.isTerminated) this.#page.postMessage(message, transfer);
  }

  terminate(): void {
    this.isTerminated = true;
    this.#page.close();
  }
}

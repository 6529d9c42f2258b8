import { expose } from 'comlink';
import type {
  FrameResult,
  HostClassifyOptions,
  OpenedModel,
  OpenOptions,
  ProgressListener,
  Settled,
  SubnetState,
  TransferableFrame,
  WorkerHost,
} from '../../src/worker/protocol.ts';

const active = { width: 1, resolution: 32, bits: 8 } as const;

const opened: OpenedModel = {
  active,
  subnets: [],
  classes: ['ant', 'bee'],
  cropFraction: 1,
  capabilities: { backend: 'fake', description: '', refused: [], crossOriginIsolated: false },
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
    readonly answer: (settled?: Settled<FrameResult>) => void;
  }[] = [];
  openOptions: OpenOptions | null = null;
  /** What opening, pinning and budgets answer; the real thing's good answers unless changed. */
  answers: {
    open: (onProgress: ProgressListener) => Settled<OpenedModel> | Promise<Settled<OpenedModel>>;
    change: () => Settled<SubnetState> | Promise<Settled<SubnetState>>;
  } = { open: () => ok(opened), change: () => ok({ active, subnets: [] }) };

  async holdLock(): Promise<Settled<boolean>> {
    return ok(false);
  }

  async open(options: OpenOptions, onProgress: ProgressListener): Promise<Settled<OpenedModel>> {
    this.openOptions = options;
    return this.answers.open(onProgress);
  }

  classify(frame: TransferableFrame, { topK }: HostClassifyOptions): Promise<Settled<FrameResult>> {
    return new Promise((resolve) => {
      const result: FrameResult = { classes: [], subnet: active, pixelsMs: 1, inferenceMs: 2 };
      this.received.push({ frame, topK, answer: (settled = ok(result)) => resolve(settled) });
    });
  }

  async pin(): Promise<Settled<SubnetState>> {
    return this.answers.change();
  }

  async setBudget(): Promise<Settled<SubnetState>> {
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

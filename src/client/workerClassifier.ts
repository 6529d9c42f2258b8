import { checkBudget, checkPin } from '../budget/checkBudget.ts';
import { calibratedCosts } from '../budget/costs.ts';
import type { Signals } from '../budget/signals.ts';
import { RtfqError } from '../errors.ts';
import type { Subnet } from '../network/subnet.ts';
import type {
  FrameResult,
  HostEvent,
  HostState,
  OpenedModel,
  Replaced,
} from '../worker/protocol.ts';
import { classifyStream } from './classifyStream.ts';
import type { Connection } from './connection.ts';
import { FrameFlow } from './frameFlow.ts';
import { FrameStats } from './frameStats.ts';
import { checkSource, checkStreamOptions } from './options.ts';
import type {
  Budget,
  CalibratedSubnet,
  Capabilities,
  Classification,
  Classifier,
  ClassifierEvents,
  ClassifierStats,
  ClassifyOptions,
  ImageSource,
  Pin,
  StreamOptions,
} from './types.ts';

// An EventTarget that knows its events' types.
const TypedTarget = EventTarget as new () => Pick<Classifier, keyof EventTarget>;

/** What a classifier hears of while no call waits for it. */
export type BackgroundEvent = Exclude<HostEvent, { kind: 'progress' }>;

/** A classifier whose worker has opened its model. */
export class WorkerClassifier extends TypedTarget implements Classifier {
  readonly classes: readonly string[];
  readonly cropFraction: number;
  readonly #connection: Connection;
  readonly #clock: () => number;
  readonly #frames: FrameFlow;
  readonly #stats = new FrameStats();
  #subnets: readonly CalibratedSubnet[];
  #active: Subnet;
  #capabilities: Capabilities;
  #switches = 0;

  constructor(connection: Connection, opened: OpenedModel, clock: () => number) {
    super();
    this.#connection = connection;
    this.#clock = clock;
    this.#frames = new FrameFlow(connection, {
      clock,
      onResult: (result, totalMs) => this.#takeResult(result, totalMs),
    });
    this.#subnets = opened.subnets;
    this.#active = opened.active;
    this.#adopt(opened);
    this.#capabilities = opened.capabilities;
    this.classes = opened.classes;
    this.cropFraction = opened.cropFraction;
  }

  get capabilities(): Capabilities {
    return this.#capabilities;
  }

  get subnets(): readonly CalibratedSubnet[] {
    return this.#subnets;
  }

  get active(): Subnet {
    return this.#active;
  }

  get expectedMs(): readonly number[] | null {
    const isMeasured = this.#subnets.some(({ measuredMs }) => measuredMs !== null);
    return isMeasured ? calibratedCosts(this.#subnets) : null;
  }

  get stats(): ClassifierStats {
    const { dropped, skipped } = this.#frames.missed;
    const figures = this.#stats.figures(this.#clock());
    return { ...figures, dropped, skipped, switches: this.#switches };
  }

  classify(image: ImageSource, options: ClassifyOptions = {}): Promise<Classification> {
    return this.#frames.classify(image, options);
  }

  stream(
    source: AsyncIterable<ImageSource>,
    options: StreamOptions = {},
  ): AsyncGenerator<Classification, void, void> {
    return classifyStream(this.#frames, checkSource(source), checkStreamOptions(options));
  }

  async pin(pin: Pin): Promise<void> {
    checkPin(pin);
    this.#adopt(await this.#connection.call((host) => host.pin(pin)));
  }

  async setBudget(budget: Budget): Promise<void> {
    checkBudget(budget);
    this.#adopt(await this.#connection.call((host) => host.setBudget(budget)));
  }

  /** Tells the worker what is known of the device. */
  setSignals(signals: Signals): void {
    this.#connection
      .call((host) => host.setSignals(signals))
      .then(
        (state) => this.#adopt(state),
        () => {}, // whoever waits for a frame hears of a dead worker
      );
  }

  /** Takes what happened in the worker beside the calls. */
  take(event: BackgroundEvent): void {
    switch (event.kind) {
      case 'budget':
        this.#dispatch('budget', event.detail);
        return;
      case 'loadError':
        this.#dispatch('loaderror', {
          error: RtfqError.deserialize(event.error),
          retryMs: event.retryMs,
        });
        return;
      case 'backend':
        this.#takeBackend(event.replaced);
        return;
      case 'cache':
        this.#capabilities = {
          ...this.#capabilities,
          cacheProblems: [...this.#capabilities.cacheProblems, event.problem],
        };
        this.#dispatch('cacheproblem', event.problem);
        return;
      case 'measured':
        this.#subnets = this.#subnets.map((subnet, i) => ({
          ...subnet,
          measuredMs: event.measuredMs[i] ?? null,
        }));
        return;
      case 'loaded':
        this.#active = event.active;
        return;
      default:
        event satisfies never;
    }
  }

  async dispose(): Promise<void> {
    this.#connection.end(new RtfqError('DISPOSED', 'the classifier has been disposed of'));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #takeBackend({ from, to, description, threads, error, passedOver }: Replaced): void {
    const reason = RtfqError.deserialize(error);
    const { refused: before } = this.#capabilities;
    const refused = [...before, { name: from, reason: reason.message }, ...passedOver];
    this.#capabilities = { ...this.#capabilities, backend: to, description, threads, refused };
    this.#dispatch('backend', { from, to, reason });
  }

  #takeResult(result: FrameResult, totalMs: number): void {
    this.#adopt(result);
    const { subnet, switched, pixelsMs, inferenceMs, limitMs } = result;
    const entry = this.#subnets.find((known) => sameSubnet(known, subnet));
    this.#stats.add({
      atMs: this.#clock(),
      subnet,
      bitOps: entry?.cost.bitOps ?? 0,
      totalMs,
      workMs: pixelsMs + inferenceMs,
      limitMs,
    });
    if (switched === null) return;
    this.#switches += 1;
    this.#dispatch('switch', switched);
  }

  #adopt({ active, paceMs }: HostState): void {
    this.#active = active;
    this.#frames.pace(paceMs);
  }

  #dispatch<Type extends keyof ClassifierEvents>(type: Type, detail: ClassifierEvents[Type]): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

function sameSubnet(a: Subnet, b: Subnet): boolean {
  return a.width === b.width && a.resolution === b.resolution && a.bits === b.bits;
}

import type { Budget, Pin } from '../budget/budget.ts';
import type { Signals } from '../budget/signals.ts';
import type { CacheProblem } from '../download/fileCache.ts';
import { loadModel } from '../download/loadModel.ts';
import { RtfqError } from '../errors.ts';
import type { ReadProgress } from '../model/reader.ts';
import type { Subnet } from '../network/subnet.ts';
import { openSession } from '../runtime/openSession.ts';
import type { Session } from '../runtime/session.ts';
import { smoothed } from '../runtime/smoothing.ts';
import { probabilitiesOf, rankClasses } from '../runtime/topClasses.ts';
import { BudgetMonitor } from './budgetMonitor.ts';
import { openCalibrationStore } from './calibrationStore.ts';
import { workerClock } from './frameGaps.ts';
import type { MonitorEvents } from './monitorTypes.ts';
import { PixelReader } from './pixels.ts';
import type {
  FrameResult,
  HostClassifyOptions,
  HostListener,
  HostState,
  OpenedModel,
  OpenOptions,
  Settled,
  SwitchDetail,
  TransferableFrame,
  WorkerHost,
} from './protocol.ts';
import { settle } from './settle.ts';
import type { LoggedSwitch } from './switchLog.ts';

interface Opened {
  readonly session: Session;
  readonly monitor: BudgetMonitor;
}

/** The worker's side of the bridge: one model on one backend. */
export class Host implements WorkerHost {
  readonly #pixels = new PixelReader();
  #opened: Opened | null = null;

  holdLock(name: string): Promise<Settled<boolean>> {
    return settle(() => holdLockForever(name));
  }

  open(options: OpenOptions, listener: HostListener): Promise<Settled<OpenedModel>> {
    return settle(async () => {
      let reported: unknown;
      const reading = {
        onProgress(progress: ReadProgress) {
          reported = listener({ kind: 'progress', progress: { phase: 'open', ...progress } });
        },
      };
      const cacheProblems: CacheProblem[] = [];
      const model = await loadModel(options.modelUrl, {
        ...reading,
        integrity: options.integrity,
        cache: options.cache,
        onCacheProblem: (problem) => {
          if (this.#opened === null) cacheProblems.push(problem);
          else void listener({ kind: 'cache', problem });
        },
      });
      const { manifest } = model;
      const { session, refused } = await openSession(model, options.backend, {
        ...reading,
        onReplaced: ({ from, to, reason }) =>
          void listener({
            kind: 'backend',
            replaced: { from, to: to.name, description: to.description, error: reason.serialize() },
          }),
      });
      const { backend } = session;
      const store = openCalibrationStore(manifest, `${backend.name}, ${backend.description}`);
      const events = this.#eventsFor(listener);
      const { budget, signals } = options;
      const monitor = await BudgetMonitor.open(
        { session, store, clock: workerClock, events },
        { pin: 'auto', budget },
        signals,
        reading,
      );
      this.#opened = { session, monitor };
      await reported; // the page hears of the last byte before it gets the classifier
      monitor.start();
      return {
        ...stateOf(monitor),
        subnets: manifest.subnets.map((subnet, i) => ({
          ...subnet,
          measuredMs: monitor.measuredMs[i]!,
        })),
        classes: manifest.classes,
        cropFraction: manifest.input.cropFraction,
        capabilities: {
          backend: backend.name,
          description: backend.description,
          refused,
          cacheProblems,
          crossOriginIsolated: globalThis.crossOriginIsolated ?? false,
        },
      };
    });
  }

  classify(
    frame: TransferableFrame,
    { topK, intervalMs, smoothing }: HostClassifyOptions,
  ): Promise<Settled<FrameResult>> {
    return settle(async () => {
      const startMs = performance.now();
      const pixels = await this.#pixels.read(frame);
      const pixelsMs = performance.now() - startMs;
      const { session, monitor } = this.#expectOpened();
      const { logits, subnet, inferenceMs } = await session.run(pixels);
      const { limitMs, switched } = monitor.ran({
        subnet,
        pixels,
        networkMs: inferenceMs,
        overheadMs: pixelsMs,
        intervalMs,
      });
      const own = probabilitiesOf(logits);
      const average = smoothing && smoothed(own, smoothing);
      return {
        ...stateOf(monitor),
        classes: rankClasses(average ?? own, session.model.manifest.classes, topK),
        average,
        subnet,
        pixelsMs,
        inferenceMs,
        limitMs,
        switched: switched && switchDetail(session, switched),
      };
    });
  }

  pin(pin: Pin): Promise<Settled<HostState>> {
    return this.#change((monitor) => monitor.change('pin', { pin }));
  }

  setBudget(budget: Budget): Promise<Settled<HostState>> {
    return this.#change((monitor) => monitor.change('budget', { budget }));
  }

  setSignals(signals: Signals): Promise<Settled<HostState>> {
    return this.#change((monitor) => monitor.setSignals(signals));
  }

  #change(work: (monitor: BudgetMonitor) => void | Promise<void>): Promise<Settled<HostState>> {
    return settle(async () => {
      const { monitor } = this.#expectOpened();
      await work(monitor);
      return stateOf(monitor);
    });
  }

  #eventsFor(listener: HostListener): MonitorEvents {
    return {
      onProgress: (progress) =>
        void listener({ kind: 'progress', progress: { phase: 'background', ...progress } }),
      onLoaded: () =>
        void listener({ kind: 'loaded', active: this.#expectOpened().monitor.active }),
      onUnmet: (unmet, limitMs, predictedMs) =>
        void listener({ kind: 'budget', detail: { unmet, limitMs, predictedMs } }),
      onLoadError: (error, retryMs) =>
        void listener({ kind: 'loadError', error: error.serialize(), retryMs }),
      onMeasured: (measuredMs) => void listener({ kind: 'measured', measuredMs }),
    };
  }

  #expectOpened(): Opened {
    if (this.#opened === null) throw new RtfqError('INTERNAL', 'no model is open in the worker');
    return this.#opened;
  }
}

function stateOf({ active, paceMs }: BudgetMonitor): HostState {
  return { active, paceMs };
}

function switchDetail({ subnets }: Session, { from, to, ...rest }: LoggedSwitch): SwitchDetail {
  return { from: plain(subnets[from]!), to: plain(subnets[to]!), ...rest };
}

function plain({ width, resolution, bits }: Subnet): Subnet {
  return { width, resolution, bits };
}

/** @returns once the lock is held; false where there are no Web Locks, or none for this origin */
function holdLockForever(name: string): Promise<boolean> {
  const locks = globalThis.navigator?.locks;
  if (locks === undefined) return Promise.resolve(false);
  return new Promise((resolve) => {
    const held = new Promise<never>(() => {});
    locks
      .request(name, () => {
        resolve(true);
        return held;
      })
      .catch(() => resolve(false)); // refused, as in a sandboxed iframe
  });
}

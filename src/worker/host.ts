import type { Backend } from '../backends/backend.ts';
import type { RefusedBackend } from '../backends/open.ts';
import type { Budget, Pin } from '../budget/budget.ts';
import type { Signals } from '../budget/signals.ts';
import type { CacheProblem } from '../download/fileCache.ts';
import { loadModel } from '../download/loadModel.ts';
import { RtfqError } from '../errors.ts';
import { isPicture, pictureSize } from '../frames/frame.ts';
import type { RgbaFrame } from '../kernels/resize/contract.ts';
import type { ReadProgress } from '../model/reader.ts';
import type { Subnet } from '../network/subnet.ts';
import { openSession } from '../runtime/openSession.ts';
import type { Session } from '../runtime/session.ts';
import { smoothed } from '../runtime/smoothing.ts';
import type { ReplacedBackend } from '../runtime/succession.ts';
import { probabilitiesOf, rankClasses } from '../runtime/topClasses.ts';
import { BudgetMonitor } from './budgetMonitor.ts';
import { calibrationFrame } from './calibration.ts';
import { openCalibrationStore } from './calibrationStore.ts';
import { createThread } from './createThread.ts';
import { workerClock } from './frameGaps.ts';
import type { MonitorEvents } from './monitorTypes.ts';
import type {
  FrameResult,
  HostClassifyOptions,
  HostListener,
  HostState,
  OpenedModel,
  OpenOptions,
  Replaced,
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
  #opened: Opened | null = null;
  #standIn: RgbaFrame | null = null;

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
      let measuredOn = '';
      const storeFor = (backend: Backend) => {
        measuredOn = kindOf(backend);
        return openCalibrationStore(manifest, measuredOn);
      };
      const restartMeasuring = (monitor: BudgetMonitor, backend: Backend) =>
        monitor.backendReplaced(storeFor(backend));
      const replacedEarly: RefusedBackend[] = [];
      const { session, refused } = await openSession(model, options.backend, {
        ...reading,
        threads: options.threads,
        createThread,
        onReplaced: (replaced) => {
          const { from, to, reason, passedOver } = replaced;
          if (this.#opened === null) {
            replacedEarly.push({ name: from, reason: reason.message }, ...passedOver);
            return;
          }
          void listener({ kind: 'backend', replaced: serializeReplaced(replaced) });
          if (kindOf(to) !== measuredOn) void restartMeasuring(this.#opened.monitor, to);
        },
      });
      const store = storeFor(session.backend);
      const events = this.#eventsFor(listener);
      const { budget, signals } = options;
      const monitor = await BudgetMonitor.open(
        { session, store, clock: workerClock, events },
        { pin: 'auto', budget },
        signals,
        reading,
      );
      this.#opened = { session, monitor };
      const { backend } = session;
      if (kindOf(backend) !== measuredOn) await restartMeasuring(monitor, backend);
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
          threads: backend.threads ?? null,
          refused: [...refused, ...replacedEarly],
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
      const { session, monitor } = this.#expectOpened();
      const { pixels, pixelsMs, result } = await this.#run(session, frame);
      const { logits, subnet, inferenceMs } = result;
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

  /** Runs one frame and closes it: as soon as its pixels are there, where they come to the CPU at all. */
  async #run(session: Session, frame: TransferableFrame) {
    const startMs = performance.now();
    let pixels: RgbaFrame;
    try {
      if (isPicture(frame) && session.readsHeld(frame)) {
        const result = await session.run(frame);
        return { pixels: this.#standInOf(pictureSize(frame)), pixelsMs: 0, result };
      }
      pixels = await session.pixelsOf(frame);
    } finally {
      if (isPicture(frame)) frame.close();
    }
    const pixelsMs = performance.now() - startMs;
    return { pixels, pixelsMs, result: await session.run(pixels) };
  }

  /** A frame to measure subnets on, where those that come have no bytes here. */
  #standInOf({ width, height }: { readonly width: number; readonly height: number }): RgbaFrame {
    if (this.#standIn?.width !== width || this.#standIn.height !== height) {
      this.#standIn = calibrationFrame({ width, height });
    }
    return this.#standIn;
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

/** Backends of one kind take the same time for the same subnet: what was measured on one holds for another. */
function kindOf({ name, description }: Backend): string {
  return `${name}, ${description}`;
}

function serializeReplaced({ from, to, reason, passedOver }: ReplacedBackend): Replaced {
  const { name, description, threads = null } = to;
  return { from, to: name, description, threads, error: reason.serialize(), passedOver };
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

import { openBackend } from '../backends/open.ts';
import { RtfqError } from '../errors.ts';
import { openModel, type ReadProgress } from '../model/reader.ts';
import type { Budget, Pin } from '../runtime/selectSubnet.ts';
import { Session } from '../runtime/session.ts';
import { SubnetChooser, type Wish } from '../runtime/subnetChooser.ts';
import { topClasses } from '../runtime/topClasses.ts';
import { fetchModelFrom } from './fetchModel.ts';
import { PixelReader } from './pixels.ts';
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
} from './protocol.ts';
import { settle } from './settle.ts';

interface Opened {
  readonly session: Session;
  readonly chooser: SubnetChooser;
}

/** The worker's side of the bridge: one model on one backend. */
export class Host implements WorkerHost {
  readonly #pixels = new PixelReader();
  #opened: Opened | null = null;

  holdLock(name: string): Promise<Settled<boolean>> {
    return settle(() => holdLockForever(name));
  }

  open(options: OpenOptions, onProgress: ProgressListener): Promise<Settled<OpenedModel>> {
    return settle(async () => {
      let reported: unknown;
      const reading = {
        onProgress(progress: ReadProgress) {
          reported = onProgress(progress);
        },
      };
      const model = await openModel(fetchModelFrom(options.modelUrl), reading);
      const { backend, refused } = await openBackend(options.backend);
      const session = new Session(model, backend);
      const chooser = new SubnetChooser(session, nextTask);
      this.#opened = { session, chooser };
      await chooser.change({ budget: options.budget }, reading);
      await reported; // the page hears of the last byte before it gets the classifier
      return {
        ...subnetState(this.#opened),
        classes: model.manifest.classes,
        cropFraction: model.manifest.input.cropFraction,
        capabilities: {
          backend: backend.name,
          description: backend.description,
          refused,
          crossOriginIsolated: globalThis.crossOriginIsolated ?? false,
        },
      };
    });
  }

  classify(frame: TransferableFrame, { topK }: HostClassifyOptions): Promise<Settled<FrameResult>> {
    return settle(async () => {
      const startMs = performance.now();
      const pixels = await this.#pixels.read(frame);
      const pixelsMs = performance.now() - startMs;
      const { session } = this.#expectOpened();
      const { logits, subnet, inferenceMs } = await session.run(pixels);
      return {
        classes: topClasses(logits, session.model.manifest.classes, topK),
        subnet,
        pixelsMs,
        inferenceMs,
      };
    });
  }

  pin(pin: Pin): Promise<Settled<SubnetState>> {
    return this.#change({ pin });
  }

  setBudget(budget: Budget): Promise<Settled<SubnetState>> {
    return this.#change({ budget });
  }

  #change(change: Partial<Wish>): Promise<Settled<SubnetState>> {
    return settle(async () => {
      const opened = this.#expectOpened();
      await opened.chooser.change(change);
      return subnetState(opened);
    });
  }

  #expectOpened(): Opened {
    if (this.#opened === null) throw new RtfqError('INTERNAL', 'no model is open in the worker');
    return this.#opened;
  }
}

function subnetState({ session, chooser }: Opened): SubnetState {
  return { active: session.active!, subnets: chooser.subnets };
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

/** Resolves in a task of its own, after the messages that wait. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

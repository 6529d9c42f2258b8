import type { BackendChoice } from '../backends/open.ts';
import type { BatteryCurve, BatteryPoint, Budget, Pin } from '../budget/budget.ts';
import type { SwitchReason } from '../budget/policyTypes.ts';
import type { BatteryReading, Pressure } from '../budget/signals.ts';
import type { CacheProblem } from '../download/fileCache.ts';
import type { RtfqError } from '../errors.ts';
import type { TensorImage } from '../frames/frame.ts';
import type { Subnet } from '../network/subnet.ts';
import type { RankedClass } from '../runtime/topClasses.ts';
import type {
  BudgetDetail,
  CalibratedSubnet,
  Capabilities,
  LoadProgress,
  SwitchDetail,
} from '../worker/protocol.ts';
import type { LabelSmoothing } from './labelSmoothing.ts';
import type { SignalProvider, SignalProviders } from './signalRelay.ts';

export type {
  BatteryCurve,
  BatteryPoint,
  BatteryReading,
  Budget,
  BudgetDetail,
  CacheProblem,
  CalibratedSubnet,
  Capabilities,
  LoadProgress,
  Pin,
  Pressure,
  SignalProvider,
  SignalProviders,
  SwitchDetail,
  SwitchReason,
  TensorImage,
};

/**
 * What can be classified. The caller keeps ownership: nothing passed in is closed, transferred or changed,
 * and it may be reused or closed as soon as `classify` has returned its promise.
 *
 * Transparency: pictures with alpha (bitmaps, canvases, images, Blobs) are seen on black; the alpha of
 * ImageData and of tensors is ignored.
 */
export type ImageSource =
  | VideoFrame
  | HTMLVideoElement
  | HTMLImageElement
  | HTMLCanvasElement
  | OffscreenCanvas
  | ImageBitmap
  | ImageData
  | Blob
  | TensorImage;

/** What `createClassifier` needs to know; only `model` is required. */
export interface ClassifierOptions {
  /** URL of the model's `model.json`, relative to the page. */
  readonly model: string | URL;
  /**
   * What `model.json` must hash to, in the form of a script's `integrity`: `sha256-` and 44 characters of base64. It
   * holds all other hashes, so that nothing of the model can be exchanged. Needed for a model of another origin.
   */
  readonly integrity?: string;
  readonly backend?: BackendChoice;
  /**
   * How many threads share a frame's work on the wasm backend, from 1 to 64; 'auto', the default: one for each core, up
   * to 4. More than one run only where the page is cross-origin isolated; `capabilities.threads` tells.
   */
  readonly threads?: number | 'auto';
  /** As for `setBudget`; none unless told. */
  readonly budget?: Budget;
  /**
   * Where the budget's signals come from, one by one: the browser unless told; 'unknown' where nothing is to be
   * asked. An Electron app may know more of the battery than its page, and a test brings its own.
   */
  readonly signals?: {
    readonly [Name in keyof SignalProviders]?: SignalProviders[Name] | 'unknown' | undefined;
  };
  /** Milliseconds that never go back, for pacing and statistics; `performance.now` unless told. */
  readonly clock?: () => number;
  /** Bytes as they arrive, file by file: those that opening waits for, then those of richer weights. */
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Whether model files are kept in the browser's cache storage for the next visit; true unless told. See `modelCache`. */
  readonly cache?: boolean;
  /** Aborts the opening, downloads included; after that it has no effect. What was downloaded is kept. */
  readonly signal?: AbortSignal;
  /** Where the worker script is, when a bundler cannot find it by itself. */
  readonly workerUrl?: string | URL;
  /** Makes the worker; wins over `workerUrl`. */
  readonly createWorker?: () => Worker;
}

/** For one call of `classify`. */
export interface ClassifyOptions {
  /** How many classes to return; 5 unless told. */
  readonly topK?: number;
  readonly signal?: AbortSignal;
  /** Averages the probabilities over the frames of one source; see `LabelSmoothing`. None unless told. */
  readonly smoothing?: LabelSmoothing;
}

/** For one loop over `stream`. */
export interface StreamOptions {
  /** How many classes to return; 5 unless told. */
  readonly topK?: number;
  /** Ends the loop, which rejects with `ABORTED`. */
  readonly signal?: AbortSignal;
  /** Time constant of a `LabelSmoothing` of this stream's own, in milliseconds. No smoothing unless told. */
  readonly smoothingMs?: number;
}

/**
 * Pictures that come by themselves, as a camera's do: whoever is late gets the newest.
 * A source's iterator that has these fields lets the classifier count what was missed.
 */
export interface LiveFrames<Frame extends ImageSource> extends AsyncIterableIterator<Frame> {
  /** Frames so far whose place a newer one took. */
  readonly dropped: number;
  /** Median time from one frame to the next, taken or not. */
  readonly intervalMs: number;
  /** The frame that was given last is not needed any more: the source closes it before it gives the next one. */
  release(): void;
}

/** The result for one frame. */
export interface Classification {
  /** Most probable first. */
  readonly classes: readonly RankedClass[];
  /** The subnet that classified this frame. */
  readonly subnet: Subnet;
  readonly timing: FrameTiming;
  /** Frames that newer ones replaced since the result before this one, dropped and skipped. */
  readonly dropped: number;
}

/** Where the time of one frame went, in milliseconds. */
export interface FrameTiming {
  /** Getting the frame's pixels in the worker. */
  readonly pixelsMs: number;
  /** Crop, resize and network. */
  readonly inferenceMs: number;
  /** From the call of `classify` to its result. */
  readonly totalMs: number;
}

/** How it went so far. */
export interface ClassifierStats {
  /** Frames that were classified. */
  readonly frames: number;
  /** Frames that newer ones replaced while the worker was busy. */
  readonly dropped: number;
  /** Frames that newer ones replaced while the budget, or a hidden page, held them back. */
  readonly skipped: number;
  readonly switches: number;
  /** Total latency of the last 100 frames; null before the first. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  /**
   * Share, 0 to 1, of the last 100 frames for which the worker took no longer than the budget allowed when they
   * ran; null before the first.
   */
  readonly inBudget: number | null;
  /** Energy's proxy: BitOPs (MACs times weight bits times input bits) per second, over the last 100 frames. */
  readonly bitOpsPerSecond: number;
  /** What the worker has been busy with so far. */
  readonly perSubnet: readonly SubnetStats[];
}

/** What one subnet has done so far. */
export interface SubnetStats {
  readonly subnet: Subnet;
  readonly frames: number;
  readonly busyMs: number;
}

/** What the event `loaderror` tells. */
export interface LoadErrorDetail {
  /** Why richer weights could not be loaded; frames go on with those that are there. */
  readonly error: RtfqError;
  /** After how long it is tried again. */
  readonly retryMs: number;
}

/** What the event `backend` tells. */
export interface BackendDetail {
  readonly from: string;
  readonly to: string;
  /**
   * Why: `DEVICE_LOST`, or `BACKEND_UNAVAILABLE` where richer weights were loaded and it computes wrongly with them.
   * No frame is lost by it; one that was being classified on a lost device is repeated.
   */
  readonly reason: RtfqError;
}

/** Details by the event's type. */
export interface ClassifierEvents {
  /** Another subnet classified a frame than the frame before; told before that frame's promise resolves. */
  readonly switch: SwitchDetail;
  /** The budget cannot be met, or can be met again. */
  readonly budget: BudgetDetail;
  readonly loaderror: LoadErrorDetail;
  /** Another backend has taken the place of one whose device was lost, or that was found to compute wrongly. */
  readonly backend: BackendDetail;
  /** Model files are downloaded that might have been kept; what was found while opening is in `capabilities`. */
  readonly cacheproblem: CacheProblem;
}

/**
 * A classifier that runs in a worker of its own.
 *
 * The newest frame wins: while one frame is being classified at most one waits; a call of `classify` that
 * comes meanwhile takes its place, and the replaced call rejects with `SUPERSEDED`.
 *
 * When the worker dies, all that is pending and all later calls reject with `WORKER_DIED`.
 */
export interface Classifier extends EventTarget {
  readonly subnets: readonly CalibratedSubnet[];
  /**
   * What each of `subnets` takes on this device, in their order: `measuredMs`, and where that is null what the
   * policy expects, in proportion to the multiply-adds of those that were measured. null until one was.
   */
  readonly expectedMs: readonly number[] | null;
  readonly stats: ClassifierStats;
  readonly capabilities: Capabilities;
  /** The subnet that the next frame will use. */
  readonly active: Subnet;
  readonly classes: readonly string[];
  /** The centre square that is classified, as a fraction of the frame's short side. */
  readonly cropFraction: number;

  /**
   * @throws RtfqError `SUPERSEDED` | `ABORTED` | `UNSUPPORTED_IMAGE` | `IMAGE_DECODE_FAILED` |
   * `INVALID_ARGUMENT` | `OUT_OF_MEMORY` | `BACKEND_UNAVAILABLE` where the GPU's device is lost and no other backend
   * can take its place | `WORKER_DIED` | `DISPOSED`
   */
  classify(image: ImageSource, options?: ClassifyOptions): Promise<Classification>;
  /**
   * Classifies what a source gives, frame by frame, as long as the loop runs: a camera, or any pictures that come
   * one after another. A frame is asked for when the loop asks for its result and the frame can begin at once: the
   * worker is free, and the budget does not hold it back. So the source decides which one it is: a camera gives its
   * newest, a file that is being decoded the one that follows. Other calls of `classify` come before it. The source
   * keeps its frames and closes them. Leaving the loop ends the source's iterator, not the source.
   * @throws RtfqError `INVALID_ARGUMENT`; the loop rejects as `classify` does, though not with `SUPERSEDED`, and
   * with what the source throws
   */
  stream(
    source: AsyncIterable<ImageSource>,
    options?: StreamOptions,
  ): AsyncGenerator<Classification, void, void>;
  /**
   * Fixes all dimensions, some, or none ('auto'); the budget chooses among the subnets that match.
   * Resolves when the next frame will use one that matches; frames go on flowing while weights are fetched.
   * @throws RtfqError `UNKNOWN_SUBNET` | `INVALID_ARGUMENT` | `MODEL_*` | `BACKEND_UNAVAILABLE` where no backend
   * computes its weights rightly | `OUT_OF_MEMORY` | `WORKER_DIED` | `DISPOSED`; the subnet stays as it was
   */
  pin(pin: Pin): Promise<void>;
  /**
   * Replaces the former budget, from the next frame on: that runs on the most accurate subnet that meets it, of
   * those that the pin allows and that are ready; the fastest one where none does. What meets it better and is
   * not ready is loaded while frames flow, and taken then. Waits only where nothing that is ready is allowed.
   * Without a limit the most accurate subnet is taken; in a model that records no accuracy, the largest.
   * @throws RtfqError as `pin`; budget and subnet stay as they were
   */
  setBudget(budget: Budget): Promise<void>;
  /** Ends the worker; whatever is pending rejects with `DISPOSED`. May be called again. */
  dispose(): Promise<void>;
  /** As `dispose`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;

  addEventListener<Type extends keyof ClassifierEvents>(
    type: Type,
    listener: (event: CustomEvent<ClassifierEvents[Type]>) => void,
    options?: AddEventListenerOptions | boolean,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: AddEventListenerOptions | boolean,
  ): void;
}

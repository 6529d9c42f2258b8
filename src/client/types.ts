import type { BackendChoice } from '../backends/open.ts';
import type { ReadProgress } from '../model/reader.ts';
import type { Subnet } from '../network/subnet.ts';
import type { Budget, CalibratedSubnet, Pin } from '../runtime/selectSubnet.ts';
import type { RankedClass } from '../runtime/topClasses.ts';
import type { Capabilities } from '../worker/protocol.ts';

export type { Budget, CalibratedSubnet, Capabilities, Pin };

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

/** A `tf.Tensor3D` of [height, width, 3 or 4]: int32 0..255 or float32 0..1; a fourth channel is ignored. Matched by shape, so tfjs is not imported. */
export interface TensorImage {
  readonly shape: readonly number[];
  readonly dtype: string;
  data(): Promise<ArrayLike<number>>;
}

export interface ClassifierOptions {
  /** URL of the model's `model.json`, relative to the page. */
  readonly model: string | URL;
  readonly backend?: BackendChoice;
  /** As for `setBudget`; with a latency in it, opening calibrates as far as it must. */
  readonly budget?: Budget;
  /** Bytes as they arrive, file by file; the last call comes before the classifier does. */
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Aborts the opening, downloads included; after that it has no effect. */
  readonly signal?: AbortSignal;
  /** Where the worker script is, when a bundler cannot find it by itself. */
  readonly workerUrl?: string | URL;
  /** Makes the worker; wins over `workerUrl`. */
  readonly createWorker?: () => Worker;
}

export type LoadProgress = { readonly phase: 'fetch' } & ReadProgress;

export interface ClassifyOptions {
  /** How many classes to return; 5 unless told. */
  readonly topK?: number;
  readonly signal?: AbortSignal;
}

export interface Classification {
  /** Most probable first. */
  readonly classes: readonly RankedClass[];
  /** The subnet that classified this frame. */
  readonly subnet: Subnet;
  readonly timing: FrameTiming;
  /** Frames that newer ones replaced since the result before this one. */
  readonly dropped: number;
}

export interface FrameTiming {
  /** Getting the frame's pixels in the worker. */
  readonly pixelsMs: number;
  /** Crop, resize and network. */
  readonly inferenceMs: number;
  /** From the call of `classify` to its result. */
  readonly totalMs: number;
}

export interface ClassifierStats {
  readonly frames: number;
  readonly dropped: number;
  readonly switches: number;
  /** Total latency of the last 100 frames; null before the first. */
  readonly medianMs: number | null;
  readonly p95Ms: number | null;
}

export interface SwitchDetail {
  readonly from: Subnet;
  readonly to: Subnet;
  readonly reason: 'budget' | 'pin';
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
  readonly stats: ClassifierStats;
  readonly capabilities: Capabilities;
  /** The subnet that the next frame will use. */
  readonly active: Subnet;
  readonly classes: readonly string[];
  /** The centre square that is classified, as a fraction of the frame's short side. */
  readonly cropFraction: number;

  /**
   * @throws RtfqError `SUPERSEDED` | `ABORTED` | `UNSUPPORTED_IMAGE` | `IMAGE_DECODE_FAILED` |
   * `INVALID_ARGUMENT` | `WORKER_DIED` | `DISPOSED`
   */
  classify(image: ImageSource, options?: ClassifyOptions): Promise<Classification>;
  /**
   * Fixes all dimensions, some, or none ('auto'); the budget chooses among the subnets that match.
   * Resolves when the next frame will use it; frames go on flowing while weights are fetched.
   * @throws RtfqError `UNKNOWN_SUBNET` | `INVALID_ARGUMENT` | `MODEL_*` | `WORKER_DIED` | `DISPOSED`; the
   * subnet stays as it was
   */
  pin(pin: Pin): Promise<void>;
  /**
   * Picks, among the subnets that the pin allows, the most accurate one whose latency fits; the fastest one
   * when none does. Replaces the former budget. Latencies are measured on this device when first needed,
   * best subnet first and no more of them than decide; frames go on flowing between the runs. Without a
   * latency the most accurate subnet is taken; in a model that records no accuracy, the largest.
   * @throws RtfqError `INVALID_ARGUMENT` | `MODEL_*` | `WORKER_DIED` | `DISPOSED`; the subnet stays as it was
   */
  setBudget(budget: Budget): Promise<void>;
  /** Ends the worker; whatever is pending rejects with `DISPOSED`. May be called again. */
  dispose(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;

  addEventListener(
    type: 'switch',
    listener: (event: CustomEvent<SwitchDetail>) => void,
    options?: AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: AddEventListenerOptions | boolean,
  ): void;
}

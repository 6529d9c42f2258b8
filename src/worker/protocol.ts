import type { BackendName, ThreadsReport } from '../backends/backend.ts';
import type { BackendChoice, RefusedBackend } from '../backends/open.ts';
import type { Budget, Pin } from '../budget/budget.ts';
import type { SwitchReason } from '../budget/policyTypes.ts';
import type { Signals } from '../budget/signals.ts';
import type { CacheProblem } from '../download/fileCache.ts';
import type { SerializedError } from '../errors.ts';
import type { Picture } from '../frames/frame.ts';
import type { RgbaFrame } from '../kernels/resize/contract.ts';
import type { SubnetEntry } from '../model/manifest.ts';
import type { ReadProgress } from '../model/reader.ts';
import type { Subnet } from '../network/subnet.ts';
import type { SmoothingStep } from '../runtime/smoothing.ts';
import type { RankedClass } from '../runtime/topClasses.ts';

export type { SmoothingStep };

/**
 * What the worker offers to the page. Methods never reject: comlink would lose an error's code, so
 * failures come back as data. Nothing is aborted over the bridge: opening is given up by ending the
 * worker, and the result of a frame, which takes milliseconds, is ignored.
 */
export interface WorkerHost {
  /**
   * Takes a Web Lock and keeps it for the worker's life: the page learns of its death by being granted
   * the same lock. To be called first.
   * @returns whether there are Web Locks here
   */
  holdLock(name: string): Promise<Settled<boolean>>;
  /** Opens the model and prepares the first subnet; once only. The listener is told of events from then on. */
  open(options: OpenOptions, listener: HostListener): Promise<Settled<OpenedModel>>;
  /** Classifies one frame, which the worker takes over. To be called for one frame at a time. */
  classify(frame: TransferableFrame, options: HostClassifyOptions): Promise<Settled<FrameResult>>;
  pin(pin: Pin): Promise<Settled<HostState>>;
  setBudget(budget: Budget): Promise<Settled<HostState>>;
  setSignals(signals: Signals): Promise<Settled<HostState>>;
}

export type Settled<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: SerializedError };

/** Across the bridge the answer is a promise: that the page has heard of it. */
export type HostListener = (event: HostEvent) => unknown;

/** What happens in the worker while no call waits for it. */
export type HostEvent =
  | { readonly kind: 'progress'; readonly progress: LoadProgress }
  | { readonly kind: 'budget'; readonly detail: BudgetDetail }
  | { readonly kind: 'loadError'; readonly error: SerializedError; readonly retryMs: number }
  | { readonly kind: 'backend'; readonly replaced: Replaced }
  | { readonly kind: 'cache'; readonly problem: CacheProblem }
  /** In the order of the model's subnets. */
  | { readonly kind: 'measured'; readonly measuredMs: readonly (number | null)[] }
  /** Something was loaded; what the next frame runs on. */
  | { readonly kind: 'loaded'; readonly active: Subnet };

/** Another backend has taken the place of one whose device was lost, or that was found to compute wrongly. */
export interface Replaced {
  readonly from: BackendName;
  readonly to: BackendName;
  /** What the new one chose on this device, in words. */
  readonly description: string;
  readonly threads: ThreadsReport | null;
  readonly error: SerializedError;
  /** Those that were tried in its place and refused. */
  readonly passedOver: readonly RefusedBackend[];
}

/** Bytes as they arrive. */
export interface LoadProgress extends ReadProgress {
  /** Whether the classifier waits for the file, or is at work already while richer weights arrive. */
  readonly phase: 'open' | 'background';
}

/** What the event `budget` tells. */
export interface BudgetDetail {
  /**
   * What cannot be met by any subnet that may run: the time for a frame, the share of the compute that battery
   * and heat leave, or `maxBytes`. Frames are then left out, except for memory. null: all can be met again.
   */
  readonly unmet: 'latency' | 'compute' | 'memory' | null;
  /** What the budget allows the worker for a frame; infinite where it names no time. */
  readonly limitMs: number;
  /** What a frame of the subnet that runs is expected to take; null before the first frame. */
  readonly predictedMs: number | null;
}

/** What the event `switch` tells. */
export interface SwitchDetail {
  readonly from: Subnet;
  readonly to: Subnet;
  readonly reason: SwitchReason;
  /** What the worker was expected to take for a frame of `to`; null where no frame could be timed. */
  readonly predictedMs: number | null;
  /** What it took for the first one. */
  readonly measuredMs: number;
}

export interface OpenOptions {
  /** Absolute. */
  readonly modelUrl: string;
  /** `sha256-BASE64` of model.json; null where it need not be checked. */
  readonly integrity: string | null;
  readonly backend: BackendChoice;
  readonly threads: number | 'auto';
  readonly budget: Budget;
  readonly signals: Signals;
  /** Whether model files are kept for the next visit. */
  readonly cache: boolean;
}

export interface OpenedModel extends HostState {
  readonly subnets: readonly CalibratedSubnet[];
  readonly classes: readonly string[];
  readonly cropFraction: number;
  readonly capabilities: Capabilities;
}

/** What this device can do, and why it does not do more. */
export interface Capabilities {
  readonly backend: string;
  /** What the backend chose on this device, in words. */
  readonly description: string;
  /** How many threads share a frame's work, and why not more; null on backends that do not run on wasm. */
  readonly threads: ThreadsReport | null;
  /** Backends that were preferred but refused, with the reason. */
  readonly refused: readonly RefusedBackend[];
  /** Why model files were downloaded that might have been kept, or cannot be kept; none: the cache does its work. */
  readonly cacheProblems: readonly CacheProblem[];
  readonly crossOriginIsolated: boolean;
}

export interface HostState {
  /** What the next frame runs on. */
  readonly active: Subnet;
  /** Least time from one frame's start to the next; infinite while the page is hidden. */
  readonly paceMs: number;
}

/** A subnet of the model and what it takes on this device. */
export interface CalibratedSubnet extends SubnetEntry {
  /**
   * Crop, resize and network, without load, in milliseconds; kept from one visit to the next. null as long as
   * there was no use for it.
   */
  readonly measuredMs: number | null;
}

/** What can be moved to the worker without a copy. */
export type TransferableFrame = Picture | RgbaFrame;

export interface HostClassifyOptions {
  readonly topK: number;
  /** Time from one offered frame to the next. */
  readonly intervalMs: number;
  /** null: the frame stands for itself. */
  readonly smoothing: SmoothingStep | null;
}

export interface FrameResult extends HostState {
  readonly classes: readonly RankedClass[];
  /** Of the smoothing: the average, this frame included. */
  readonly average: Float64Array | null;
  readonly subnet: Subnet;
  /** Reading the frame's pixels, in milliseconds. */
  readonly pixelsMs: number;
  /** Crop, resize and network, in milliseconds. */
  readonly inferenceMs: number;
  /** What the budget allowed for both when the frame ran; may be infinite. */
  readonly limitMs: number;
  /** Told with the first frame on another subnet than the frame before. */
  readonly switched: SwitchDetail | null;
}

import type { BackendChoice, RefusedBackend } from '../backends/open.ts';
import type { SerializedError } from '../errors.ts';
import type { RgbaFrame } from '../kernels/resize/contract.ts';
import type { ReadProgress } from '../model/reader.ts';
import type { Subnet } from '../network/subnet.ts';
import type { Budget, CalibratedSubnet, Pin } from '../runtime/selectSubnet.ts';
import type { RankedClass } from '../runtime/topClasses.ts';

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
  /** Opens the model and prepares the first subnet; once only. */
  open(options: OpenOptions, onProgress: ProgressListener): Promise<Settled<OpenedModel>>;
  /** Classifies one frame, which the worker takes over. To be called for one frame at a time. */
  classify(frame: TransferableFrame, options: HostClassifyOptions): Promise<Settled<FrameResult>>;
  pin(pin: Pin): Promise<Settled<SubnetState>>;
  setBudget(budget: Budget): Promise<Settled<SubnetState>>;
}

export type Settled<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: SerializedError };

/** Across the bridge the answer is a promise: that the page has heard of it. */
export type ProgressListener = (progress: ReadProgress) => unknown;

export interface OpenOptions {
  /** Absolute. */
  readonly modelUrl: string;
  readonly backend: BackendChoice;
  readonly budget: Budget;
}

export interface OpenedModel extends SubnetState {
  readonly classes: readonly string[];
  readonly cropFraction: number;
  readonly capabilities: Capabilities;
}

export interface Capabilities {
  readonly backend: string;
  /** What the backend chose on this device, in words. */
  readonly description: string;
  /** Backends that were preferred but refused, with the reason. */
  readonly refused: readonly RefusedBackend[];
  readonly crossOriginIsolated: boolean;
}

export interface SubnetState {
  readonly active: Subnet;
  readonly subnets: readonly CalibratedSubnet[];
}

/** What can be moved to the worker without a copy. */
export type TransferableFrame = VideoFrame | ImageBitmap | RgbaFrame;

export interface HostClassifyOptions {
  readonly topK: number;
}

export interface FrameResult {
  readonly classes: readonly RankedClass[];
  readonly subnet: Subnet;
  /** Reading the frame's pixels, in milliseconds. */
  readonly pixelsMs: number;
  /** Crop, resize and network, in milliseconds. */
  readonly inferenceMs: number;
}

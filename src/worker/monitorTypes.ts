import type { RtfqError } from '../errors.ts';
import type { RgbaFrame } from '../kernels/resize/contract.ts';
import type { ReadProgress } from '../model/reader.ts';
import type { Subnet } from '../network/subnet.ts';
import type { Session } from '../runtime/session.ts';
import type { CalibrationStore } from './calibrationStore.ts';
import type { Clock } from './frameGaps.ts';
import type { LoggedSwitch } from './switchLog.ts';
import type { Unmet } from './unmetWatch.ts';

/** What the page hears of. */
export interface MonitorEvents {
  onProgress(progress: ReadProgress): void;
  /** Something was loaded: the next frame may run on it. */
  onLoaded(): void;
  onUnmet(unmet: Unmet | null, limitMs: number, predictedMs: number | null): void;
  onLoadError(error: RtfqError, retryMs: number): void;
  onMeasured(measuredMs: readonly (number | null)[]): void;
}

export interface MonitorOptions {
  readonly session: Session;
  readonly store: CalibrationStore;
  readonly clock: Clock;
  readonly events: MonitorEvents;
}

export interface RanFrame {
  readonly subnet: Subnet;
  readonly pixels: RgbaFrame;
  readonly networkMs: number;
  readonly overheadMs: number;
  /** Time from one offered frame to the next. */
  readonly intervalMs: number;
}

/** What is known once a frame has run. */
export interface FrameReport {
  readonly limitMs: number;
  readonly switched: LoggedSwitch | null;
}

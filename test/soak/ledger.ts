/** Things that have to be given back: how many there are of each now. */
export interface OpenThings {
  readonly workers: number;
  readonly listeners: number;
  readonly videoFrames: number;
}

/**
 * Counts, on the page, workers that were not terminated, listeners that were not taken off what outlives a
 * classifier, and video frames that were neither closed nor handed on.
 * @returns what is open now, and what ends the counting
 */
export function keepLedger(): { open(): OpenThings; end(): void } {
  const workers = new Set<Worker>();
  const listeners = new Map<EventTarget, Map<string, Set<unknown>>>();
  const frames = new Set<VideoFrame>();
  const undo: (() => void)[] = [];

  const { Worker: OriginalWorker } = globalThis;
  globalThis.Worker = class extends OriginalWorker {
    constructor(...args: ConstructorParameters<typeof OriginalWorker>) {
      super(...args);
      workers.add(this);
    }
    override terminate(): void {
      workers.delete(this);
      super.terminate();
    }
  };
  undo.push(() => {
    globalThis.Worker = OriginalWorker;
  });

  const target = EventTarget.prototype;
  const { addEventListener, removeEventListener } = target;
  target.addEventListener = function (type, listener, options) {
    if (outlivesClassifiers(this) && listener !== null) {
      const ofTarget = listeners.get(this) ?? new Map<string, Set<unknown>>();
      listeners.set(this, ofTarget);
      ofTarget.set(type, (ofTarget.get(type) ?? new Set()).add(listener));
    }
    addEventListener.call(this, type, listener, options);
  };
  target.removeEventListener = function (type, listener, options) {
    const ofTarget = listeners.get(this);
    const ofType = ofTarget?.get(type);
    ofType?.delete(listener);
    if (ofType?.size === 0) ofTarget?.delete(type);
    // Or the ledger itself would keep each signal.
    if (ofTarget?.size === 0) listeners.delete(this);
    removeEventListener.call(this, type, listener, options);
  };
  undo.push(() => Object.assign(target, { addEventListener, removeEventListener }));

  const { clone, close } = VideoFrame.prototype;
  VideoFrame.prototype.clone = function () {
    const frame = clone.call(this);
    frames.add(frame);
    return frame;
  };
  VideoFrame.prototype.close = function () {
    frames.delete(this);
    close.call(this);
  };
  undo.push(() => Object.assign(VideoFrame.prototype, { clone, close }));

  return {
    open() {
      // What was handed on is the worker's; here it is closed, and not to be kept either.
      for (const frame of frames) if (frame.format === null) frames.delete(frame);
      return {
        workers: workers.size,
        listeners: [...listeners.values()]
          .flatMap((types) => [...types.values()])
          .reduce((sum, { size }) => sum + size, 0),
        videoFrames: frames.size,
      };
    },
    end() {
      for (const restore of undo) restore();
    },
  };
}

function outlivesClassifiers(target: EventTarget): boolean {
  const kind = Object.prototype.toString.call(target).slice(8, -1);
  return ['Window', 'HTMLDocument', 'NetworkInformation', 'BatteryManager', 'AbortSignal'].includes(
    kind,
  );
}

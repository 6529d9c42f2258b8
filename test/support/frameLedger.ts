/** Counts, for every VideoFrame that comes into being on this page, how often it was closed. */
export class FrameLedger {
  readonly #closes = new Map<VideoFrame, number>();
  readonly #restores: (() => void)[] = [];

  constructor() {
    const note = (frame: VideoFrame): VideoFrame => {
      this.#closes.set(frame, 0);
      return frame;
    };
    const closes = this.#closes;
    this.#patch(globalThis, 'VideoFrame', (Original) => {
      return new Proxy(Original, {
        construct: (target, args) => note(Reflect.construct(target, args)),
      });
    });
    this.#patch(VideoFrame.prototype, 'clone', (original) => {
      return function (this: VideoFrame) {
        return note(original.call(this));
      };
    });
    this.#patch(VideoFrame.prototype, 'close', (original) => {
      return function (this: VideoFrame) {
        closes.set(this, (closes.get(this) ?? 0) + 1);
        original.call(this);
      };
    });
    this.#patch(ReadableStreamDefaultReader.prototype, 'read', (original) => {
      return async function (this: ReadableStreamDefaultReader) {
        const result = await original.call(this);
        if (result.value instanceof VideoFrame) note(result.value);
        return result;
      };
    });
  }

  get count(): number {
    return this.#closes.size;
  }

  /** Frames that were not closed exactly once, in words. */
  get faults(): string[] {
    return [...this.#closes]
      .filter(([frame, closes]) => closes !== 1 || frame.format !== null)
      .map(([{ timestamp }, closes]) => `frame of ${timestamp} us: closed ${closes} times`);
  }

  restore(): void {
    for (const restore of this.#restores.splice(0)) restore();
  }

  #patch<T extends object, K extends keyof T>(
    target: T,
    name: K,
    replace: (original: T[K]) => T[K],
  ) {
    const original = target[name];
    target[name] = replace(original);
    this.#restores.push(() => {
      target[name] = original;
    });
  }
}

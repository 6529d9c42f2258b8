import {
  type Backend,
  isDeviceProgram,
  type OutputName,
  type Program,
} from '../backends/backend.ts';
import type { Tensor1D } from '../backends/tfjs/tensorType.ts';
import { abortedBy, RtfqError, throwIfAborted } from '../errors.ts';
import { type Frame, type HeldFrame, isHeld } from '../frames/frame.ts';
import { PixelReader } from '../frames/pixels.ts';
import type { RgbaFrame } from '../kernels/resize/contract.ts';
import type { SubnetEntry } from '../model/manifest.ts';
import type { Model, ReadOptions, WeightPack } from '../model/reader.ts';
import { buildPlan } from '../network/plan.ts';
import { findSubnet, formatSubnet, type Subnet } from '../network/subnet.ts';
import type { BitWidth } from '../quant/bits.ts';

/** What a network makes of one frame. */
export interface RunResult {
  /** One per class, before softmax. */
  readonly logits: Float32Array;
  readonly subnet: Subnet;
  /** Crop, resize and network, in milliseconds. */
  readonly inferenceMs: number;
}

/** The same as a tensor, on the GPU where the backend is there. */
export interface TensorResult {
  /** Of tfjs, the caller's to dispose of: a value per class before softmax, or the features. */
  readonly tensor: Tensor1D;
  readonly subnet: Subnet;
}

/**
 * Opens a backend in place of one whose device was lost.
 * @param attempt 1, or more where what took its place was lost before it could be used, or at the same work
 */
export type ReplaceBackend = (
  lost: Backend,
  reason: RtfqError,
  attempt: number,
) => Promise<Backend>;

/** Of the call that began it: work that calls share heeds no one's signal. */
type SharedReadOptions = Pick<ReadOptions, 'onProgress'>;

/**
 * A model on a backend. Subnets are prepared (packs and table loaded, program compiled) once; switching
 * between prepared subnets is picking another program. What is not needed can be given back.
 *
 * Calls share the work they have in common, so a signal ends the call it was given to, at once, and never the
 * work: that goes on, for whoever else waits for it or asks next. Progress goes to the call that began it.
 */
export class Session {
  readonly model: Model;
  #backend: Backend;
  readonly #replaceLost: ReplaceBackend | undefined;
  readonly #loadedPacks = new Map<WeightPack['id'], Promise<WeightPack>>();
  readonly #programs = new Map<string, Promise<Program>>();
  readonly #compiled = new Map<string, Program>();
  readonly #pixels = new PixelReader();
  #recovery: Promise<void> | null = null;
  #active: Program | null = null;
  #disposed = false;

  /**
   * The session owns the backend from here on and disposes of it.
   * @param replaceLost opens another one when the backend's device is lost; without it, frames reject with
   *   `DEVICE_LOST` from then on
   */
  constructor(model: Model, backend: Backend, replaceLost?: ReplaceBackend) {
    this.model = model;
    this.#backend = backend;
    this.#replaceLost = replaceLost;
  }

  get backend(): Backend {
    return this.#backend;
  }

  get subnets(): readonly SubnetEntry[] {
    return this.model.manifest.subnets;
  }

  /** The subnet that `run` uses; null before the first switch. */
  get active(): Subnet | null {
    return this.#active?.plan.subnet ?? null;
  }

  /**
   * Loads and compiles what a subnet needs. Calls for what is prepared, or being prepared, cost nothing.
   * @throws RtfqError `UNKNOWN_SUBNET` | `MODEL_*` | `ABORTED` | `DISPOSED`
   */
  async prepare(subnet: Subnet, options: ReadOptions = {}): Promise<void> {
    await this.#program(subnet, options);
  }

  /** Bit-widths whose weights are there, or on their way. */
  get loadedBits(): readonly BitWidth[] {
    return this.model.manifest.bits.filter((bits) => this.#loadedPacks.has(bits));
  }

  /** Whether the subnet can be activated at once. */
  isPrepared(subnet: Subnet): boolean {
    return this.#compiled.has(formatSubnet(subnet));
  }

  /** Makes a prepared subnet the one that `run` uses from the next call on: one assignment. */
  activate(subnet: Subnet): void {
    this.#assertAlive();
    this.#active = this.#expectPrepared(subnet);
  }

  /** Prepares the subnet if need be and makes it the one that `run` uses from the next call on. */
  async switchTo(subnet: Subnet, options: ReadOptions = {}): Promise<void> {
    await this.prepare(subnet, options);
    this.activate(subnet);
  }

  /** Whether the active subnet reads such a frame where it is; of another one `run` takes the pixels. */
  readsHeld(frame: HeldFrame): boolean {
    return this.#active !== null && isDeviceProgram(this.#active) && this.#active.reads(frame);
  }

  /**
   * A frame's pixels, at its natural size; what is transparent is seen on black.
   * @returns bytes that hold until pixels are read again
   * @throws RtfqError `UNSUPPORTED_IMAGE`
   */
  pixelsOf(frame: Frame): Promise<RgbaFrame> {
    return this.#pixels.read(frame);
  }

  /**
   * Runs the active subnet on one frame; where the backend's device is lost, again on the one that takes its place.
   * A frame that was on the lost device is lost with it.
   * @throws RtfqError `UNSUPPORTED_IMAGE` | `DEVICE_LOST` without a replacement | `BACKEND_UNAVAILABLE` | `DISPOSED`
   */
  run(frame: Frame): Promise<RunResult> {
    return this.#runSafely(() => this.#timed(() => this.#expectActive(), frame));
  }

  /**
   * As `run`, but the result is a tensor of tfjs. On webgpu it stays on the GPU, on tfjs's webgpu backend, and is not
   * waited for: of a device that is lost meanwhile, whoever reads the tensor hears.
   * @param output what the network says of each class, or the features that it says this by
   * @throws RtfqError as `run`
   */
  runToTensor(frame: Frame, output: OutputName = 'logits'): Promise<TensorResult> {
    return this.#runSafely(() => this.#tensor(frame, output));
  }

  /** Runs a prepared subnet on one frame and leaves the active one as it is. */
  runPrepared(subnet: Subnet, frame: Frame): Promise<RunResult> {
    return this.#runSafely(() => this.#timed(() => this.#expectPrepared(subnet), frame));
  }

  /** Runs a subnet on one frame, prepared if need be, and leaves the active one as it is. */
  async runOnce(subnet: Subnet, frame: Frame, options: ReadOptions = {}): Promise<RunResult> {
    await this.#program(subnet, options);
    return this.runPrepared(subnet, frame);
  }

  /** Gives the program's memory back; the subnet may be prepared anew. The active one stays. */
  evict(subnet: Subnet): void {
    const name = formatSubnet(subnet);
    const program = this.#compiled.get(name);
    if (program === undefined || program === this.#active) return;
    this.#compiled.delete(name);
    this.#programs.delete(name);
    program.dispose();
  }

  /** Gives the weights of a bit-width back, and all programs that read them; not the active one's. */
  evictPack(bits: BitWidth): void {
    if (this.#active?.plan.subnet.bits === bits) return;
    for (const { plan } of this.#compiled.values()) {
      if (plan.subnet.bits === bits) this.evict(plan.subnet);
    }
    this.#loadedPacks.delete(bits);
    this.#backend.unloadPack(bits);
  }

  /** Ends the session and its backend; pending calls reject with `DISPOSED`. */
  dispose(): void {
    this.#disposed = true;
    this.#active = null;
    this.#programs.clear();
    this.#compiled.clear();
    this.#loadedPacks.clear();
    this.backend.dispose();
  }

  async #program(subnet: Subnet, options: ReadOptions): Promise<Program> {
    this.#assertAlive();
    const entry = findSubnet(this.subnets, subnet);
    const { signal, onProgress } = options;
    throwIfAborted(signal);
    const compiled = once(this.#programs, formatSubnet(entry), () =>
      this.#compile(entry, { onProgress }),
    );
    const program = await untilAborted(compiled, signal);
    throwIfAborted(signal);
    return program;
  }

  async #compile(entry: SubnetEntry, options: SharedReadOptions): Promise<Program> {
    const [tables] = await Promise.all([
      this.model.readTable(entry, options),
      this.#loadPack('shared', options),
      this.#loadPack(entry.bits, options),
    ]);
    // Given back while the table was read.
    while (!this.#loadedPacks.has(entry.bits)) await this.#loadPack(entry.bits, options);
    this.#assertAlive();
    const plan = buildPlan(this.model.manifest, entry, tables);
    for (let attempt = 1; ; attempt++) {
      const backend = this.#backend;
      try {
        const program = await backend.compile(plan);
        this.#assertAlive();
        if (backend === this.#backend) {
          this.#compiled.set(formatSubnet(entry), program);
          return program;
        }
        program.dispose();
      } catch (thrown) {
        await this.#recover(backend, thrown, attempt);
      }
    }
  }

  #expectActive(): Program {
    if (this.#active !== null) return this.#active;
    throw new RtfqError('INTERNAL', 'no subnet is active', { hint: 'call switchTo first' });
  }

  #expectPrepared(subnet: Subnet): Program {
    const program = this.#compiled.get(formatSubnet(subnet));
    if (program !== undefined) return program;
    throw new RtfqError('INTERNAL', 'the subnet is not prepared', { got: formatSubnet(subnet) });
  }

  #loadPack(id: WeightPack['id'], options: SharedReadOptions): Promise<WeightPack> {
    return once(this.#loadedPacks, id, async () => {
      const pack = await this.model.readPack(id, options);
      this.#assertAlive();
      this.#backend.loadPack(this.model.manifest, pack);
      return pack;
    });
  }

  /** Runs bytes at once: a program may be given back as soon as something is waited for. */
  async #timed(
    programOf: () => Program,
    frame: Frame,
    startMs = performance.now(),
  ): Promise<RunResult> {
    const program = programOf();
    const running = runAsItIs(program, frame);
    if (running === null) return this.#timed(programOf, await this.#pixels.read(frame), startMs);
    const logits = await running;
    return { logits, subnet: program.plan.subnet, inferenceMs: performance.now() - startMs };
  }

  async #tensor(frame: Frame, output: OutputName): Promise<TensorResult> {
    const program = this.#expectActive();
    if (isDeviceProgram(program) && (!isHeld(frame) || program.reads(frame))) {
      const tensor = await program.runToTensor(frame, output);
      return { tensor, subnet: program.plan.subnet };
    }
    if (isHeld(frame)) return this.#tensor(await this.#pixels.read(frame), output);
    const { tensorOf } = await import('../backends/tfjs/tensors.ts');
    const active = this.#expectActive();
    return { tensor: await tensorOf(active, frame, output), subnet: active.plan.subnet };
  }

  async #runSafely<T>(run: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      this.#assertAlive();
      const backend = this.#backend;
      try {
        return await run();
      } catch (thrown) {
        await this.#recover(backend, thrown, attempt);
      }
    }
  }

  /**
   * Replaces a backend whose device is lost, once for all who met the loss. Throws whatever else was thrown.
   * @param attempt how often the work has been tried: it may be what devices are lost at
   */
  async #recover(backend: Backend, thrown: unknown, attempt: number): Promise<void> {
    const isLost = thrown instanceof RtfqError && thrown.code === 'DEVICE_LOST';
    if (!isLost || this.#replaceLost === undefined) throw thrown;
    if (backend !== this.#backend) return; // replaced already
    this.#recovery ??= this.#replaceBackend(this.#replaceLost, thrown, attempt).finally(() => {
      this.#recovery = null;
    });
    await this.#recovery;
  }

  async #replaceBackend(
    replaceLost: ReplaceBackend,
    reason: RtfqError,
    firstAttempt: number,
  ): Promise<void> {
    for (let attempt = firstAttempt; ; attempt++) {
      const next = await replaceLost(this.#backend, reason, attempt);
      try {
        await this.#moveTo(next);
        return;
      } catch (thrown) {
        next.dispose();
        if (!(thrown instanceof RtfqError && thrown.code === 'DEVICE_LOST')) throw thrown;
      }
    }
  }

  /** Makes all that is prepared anew, on another backend. */
  async #moveTo(next: Backend): Promise<void> {
    const loaded = await Promise.allSettled(this.#loadedPacks.values());
    for (const pack of loaded) {
      if (pack.status === 'fulfilled') next.loadPack(this.model.manifest, pack.value);
    }
    const former = [...this.#compiled.values()];
    const moved = await Promise.all(former.map(({ plan }) => next.compile(plan)));
    this.#assertAlive();
    this.#backend.dispose();
    this.#backend = next;
    former.forEach((program, i) => {
      const name = formatSubnet(program.plan.subnet);
      if (this.#compiled.get(name) !== program) return; // given back meanwhile
      this.#compiled.set(name, moved[i]!);
      this.#programs.set(name, Promise.resolve(moved[i]!));
      if (program === this.#active) this.#active = moved[i]!;
    });
  }

  #assertAlive(): void {
    if (this.#disposed) throw new RtfqError('DISPOSED', 'the session has been disposed of');
  }
}

/** Runs a frame at once; null where the program has to be given its pixels instead. */
function runAsItIs(program: Program, frame: Frame): Float32Array | Promise<Float32Array> | null {
  if (!isHeld(frame)) return program.run(frame);
  return isDeviceProgram(program) && program.reads(frame) ? program.run(frame) : null;
}

/** Settles as the work does, unless the signal fires first; the work itself goes on. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(abortedBy(signal));
    signal.addEventListener('abort', abort);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** One promise per key, shared by all who ask; a failure is forgotten, so that the next call tries again. */
function once<K, T>(memo: Map<K, Promise<T>>, key: K, make: () => Promise<T>): Promise<T> {
  const known = memo.get(key);
  if (known !== undefined) return known;
  const made = make();
  memo.set(key, made);
  made.catch(() => memo.delete(key));
  return made;
}

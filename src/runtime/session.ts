import {
  type Backend,
  isDeviceProgram,
  type OutputName,
  type Program,
} from '../backends/backend.ts';
import type { Tensor1D } from '../backends/tfjs/tensorType.ts';
import { RtfqError, throwIfAborted, untilAborted } from '../errors.ts';
import { expectPixels } from '../frames/expectPixels.ts';
import { type Frame, type HeldFrame, isHeld } from '../frames/frame.ts';
import { PixelReader } from '../frames/pixels.ts';
import type { RgbaFrame } from '../kernels/resize/contract.ts';
import type { SubnetEntry } from '../model/manifest.ts';
import type { Model, ReadOptions } from '../model/reader.ts';
import { buildPlan, type Plan } from '../network/plan.ts';
import { findSubnet, formatSubnet, type Subnet } from '../network/subnet.ts';
import type { BitWidth } from '../quant/bits.ts';
import { BackendUsers } from './backendUsers.ts';
import { moveWork } from './moveWork.ts';
import { PackStore } from './packStore.ts';
import { once } from './sharedWork.ts';
import type { Succession, Vacancy } from './succession.ts';
import { type TrialOptions, Trials } from './trials.ts';

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

/** For what loads, compiles and tries a subnet. */
export interface PrepareOptions extends ReadOptions, TrialOptions {}

/** Of the call that began it: work that calls share heeds no one's signal. */
type SharedOptions = Omit<PrepareOptions, 'signal'>;

/**
 * A model on a backend. Subnets are prepared (packs and table loaded, program compiled) once; switching
 * between prepared subnets is picking another program. What is not needed can be given back.
 *
 * No subnet is prepared on a backend before that has been tried at the subnet's bit-width. What fails its trial, or
 * loses its device, is replaced, beside the frames where these can go on.
 *
 * Calls share the work they have in common, so a signal ends the call it was given to, at once, and never the
 * work: that goes on, for whoever else waits for it or asks next. Progress goes to the call that began it.
 */
export class Session {
  readonly model: Model;
  #backend: Backend;
  readonly #succession: Succession | undefined;
  readonly #trials: Trials;
  readonly #users = new BackendUsers();
  readonly #packs: PackStore;
  readonly #programs = new Map<string, Promise<Program>>();
  readonly #compiled = new Map<string, Program>();
  readonly #pixels = new PixelReader();
  #replacing: Promise<void> | null = null;
  #active: Program | null = null;
  #disposed = false;

  /**
   * The session owns the backend from here on and disposes of it.
   * @param succession opens another one when the backend's device is lost or when it computes wrongly; without it,
   *   frames reject with `DEVICE_LOST` from then on, and `prepare` with `BACKEND_UNAVAILABLE`
   */
  constructor(model: Model, backend: Backend, succession?: Succession) {
    this.model = model;
    this.#backend = backend;
    this.#succession = succession;
    this.#trials = new Trials(model);
    this.#packs = new PackStore(model, (pack) => {
      this.#assertAlive();
      this.#backend.loadPack(model.manifest, pack);
    });
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
   * Loads and compiles what a subnet needs, and tries the backend where it is the first of its bit-width. Calls for
   * what is prepared, or being prepared, cost nothing.
   * @throws RtfqError `UNKNOWN_SUBNET` | `MODEL_*` | `OUT_OF_MEMORY` | `ABORTED` | `DISPOSED` | `BACKEND_UNAVAILABLE`
   *   where no backend computes rightly
   */
  async prepare(subnet: Subnet, options: PrepareOptions = {}): Promise<void> {
    await this.#program(subnet, options);
  }

  /**
   * Tries the backend at a bit-width, and leaves the verdict to the caller.
   * @throws RtfqError `BACKEND_UNAVAILABLE` where it computes wrongly | `MODEL_*` | `OUT_OF_MEMORY` |
   *   `ABORTED` | `DISPOSED`
   */
  async tryBackend(bits: BitWidth, { signal, ...options }: PrepareOptions = {}): Promise<void> {
    throwIfAborted(signal);
    const trying = this.#persist(null, options, (backend) =>
      this.#withTried(backend, bits, options, () => {}),
    );
    await untilAborted(trying, signal);
  }

  /** Bit-widths whose weights are there, or on their way. */
  get loadedBits(): readonly BitWidth[] {
    return this.#packs.bits;
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
  async switchTo(subnet: Subnet, options: PrepareOptions = {}): Promise<void> {
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
  async pixelsOf(frame: Frame): Promise<RgbaFrame> {
    expectPixels(frame);
    return this.#pixels.read(frame);
  }

  /**
   * Runs the active subnet on one frame; where the backend's device is lost, again on the one that takes its place.
   * A frame that was on the lost device is lost with it.
   * @throws RtfqError `UNSUPPORTED_IMAGE` | `DEVICE_LOST` without a replacement | `BACKEND_UNAVAILABLE` |
   *   `OUT_OF_MEMORY` | `DISPOSED`
   */
  run(frame: Frame): Promise<RunResult> {
    return this.#runSafely(frame, () => this.#timed(() => this.#expectActive(), frame));
  }

  /**
   * As `run`, but the result is a tensor of tfjs. On webgpu it stays on the GPU, on tfjs's webgpu backend, and is not
   * waited for: of a device that is lost meanwhile, whoever reads the tensor hears.
   * @param output what the network says of each class, or the features that it says this by
   * @throws RtfqError as `run`
   */
  runToTensor(frame: Frame, output: OutputName = 'logits'): Promise<TensorResult> {
    return this.#runSafely(frame, () => this.#tensor(frame, output));
  }

  /** Runs a prepared subnet on one frame and leaves the active one as it is. */
  runPrepared(subnet: Subnet, frame: Frame): Promise<RunResult> {
    return this.#runSafely(frame, () => this.#timed(() => this.#expectPrepared(subnet), frame));
  }

  /** Runs a subnet on one frame, prepared if need be, and leaves the active one as it is. */
  async runOnce(subnet: Subnet, frame: Frame, options: PrepareOptions = {}): Promise<RunResult> {
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

  /** Gives the weights of a bit-width back, and all programs that read them; not those in use, or on their way. */
  evictPack(bits: BitWidth): void {
    if (this.#active?.plan.subnet.bits === bits || !this.#packs.evict(bits)) return;
    for (const { plan } of this.#compiled.values()) {
      if (plan.subnet.bits === bits) this.evict(plan.subnet);
    }
    this.#trials.forget(this.#backend, bits);
    this.#backend.unloadPack(bits);
  }

  /** Ends the session and its backend; pending calls reject with `DISPOSED`. */
  dispose(): void {
    this.#disposed = true;
    this.#active = null;
    for (const program of this.#compiled.values()) program.dispose();
    this.#programs.clear();
    this.#compiled.clear();
    this.#packs.clear();
    this.backend.dispose();
  }

  async #program(subnet: Subnet, options: PrepareOptions): Promise<Program> {
    this.#assertAlive();
    const entry = findSubnet(this.subnets, subnet);
    const { signal, ...shared } = options;
    throwIfAborted(signal);
    const compiled = once(this.#programs, formatSubnet(entry), () => this.#compile(entry, shared));
    const program = await untilAborted(compiled, signal);
    throwIfAborted(signal);
    return program;
  }

  async #compile(entry: SubnetEntry, options: SharedOptions): Promise<Program> {
    const [plan] = await Promise.all([
      this.#readPlan(entry, options),
      this.#packs.load(entry.bits, options),
      this.#trials.prepare(entry.bits, options),
    ]);
    return this.#persist(entry.bits, options, (backend) =>
      this.#withTried(backend, entry.bits, options, async () => {
        const program = await backend.compile(plan);
        if (backend === this.#backend && !this.#disposed) {
          this.#compiled.set(formatSubnet(entry), program);
          return program;
        }
        program.dispose();
        throw new RtfqError('INTERNAL', 'the backend was replaced meanwhile');
      }),
    );
  }

  async #readPlan(entry: SubnetEntry, options: SharedOptions): Promise<Plan> {
    const known = await this.#trials.planOf(entry, options);
    if (known !== null) return known;
    const { onProgress } = options;
    const tables = await this.model.readTable(entry, { onProgress });
    return buildPlan(this.model.manifest, entry, tables);
  }

  /** Does work on a backend that has a bit-width's weights and computes rightly by them. */
  #withTried<T>(
    backend: Backend,
    bits: BitWidth,
    options: SharedOptions,
    work: () => T | Promise<T>,
  ): Promise<T> {
    return this.#packs.use(bits, options, () =>
      this.#users.hold(backend, async () => {
        await this.#trials.pass(backend, bits, options);
        return work();
      }),
    );
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

  /** Runs bytes at once: a program may be given back as soon as something is waited for. */
  async #timed(
    programOf: () => Program,
    frame: Frame,
    startMs = performance.now(),
  ): Promise<RunResult> {
    const program = programOf();
    const logits = await this.#users.hold(this.#backend, () => runAsItIs(program, frame));
    if (logits === null) return this.#timed(programOf, await this.#pixels.read(frame), startMs);
    return { logits, subnet: program.plan.subnet, inferenceMs: performance.now() - startMs };
  }

  async #tensor(frame: Frame, output: OutputName): Promise<TensorResult> {
    const program = this.#expectActive();
    if (isDeviceProgram(program) && (!isHeld(frame) || program.reads(frame))) {
      const tensor = await this.#users.hold(this.#backend, () =>
        program.runToTensor(frame, output),
      );
      return { tensor, subnet: program.plan.subnet };
    }
    if (isHeld(frame)) return this.#tensor(await this.#pixels.read(frame), output);
    const { tensorOf } = await import('../backends/tfjs/tensors.ts');
    const active = this.#expectActive();
    return { tensor: await tensorOf(active, frame, output), subnet: active.plan.subnet };
  }

  async #runSafely<T>(frame: Frame, run: () => Promise<T>): Promise<T> {
    expectPixels(frame);
    return this.#persist(null, {}, run);
  }

  /**
   * Does work, and again on what takes the place of a backend that fails.
   * @param bits what the work needs a backend to compute rightly; null where one that computes wrongly may stay
   */
  async #persist<T>(
    bits: BitWidth | null,
    options: TrialOptions,
    work: (backend: Backend) => Promise<T>,
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      this.#assertAlive();
      const backend = this.#backend;
      try {
        return await work(backend);
      } catch (thrown) {
        this.#assertAlive();
        // What one throws that was replaced meanwhile may come of that.
        if (backend !== this.#backend) continue;
        const error = RtfqError.from(thrown);
        const isRefused = error.code === 'BACKEND_UNAVAILABLE' && bits !== null;
        const isItsFault = error.code === 'DEVICE_LOST' || isRefused;
        if (!isItsFault || this.#succession === undefined) throw thrown;
        await this.#replace(
          this.#succession,
          { from: backend, reason: error, attempt },
          bits,
          options,
        );
      }
    }
  }

  /** Replaces a backend, once for all who met its failure; frames go on on one that can run them until then. */
  async #replace(
    succession: Succession,
    failed: Omit<Vacancy, 'bits'>,
    bits: BitWidth | null,
    { pause }: TrialOptions,
  ): Promise<void> {
    while (this.#replacing !== null) await this.#replacing.catch(() => {});
    const isStillThere = failed.from === this.#backend && (bits === null || this.#packs.has(bits));
    if (!isStillThere) return;
    const needed = new Set([...this.#compiled.values()].map(({ plan }) => plan.subnet.bits));
    if (bits !== null) needed.add(bits);
    const options = failed.reason.code === 'DEVICE_LOST' ? {} : { pause };
    this.#replacing = this.#packs
      .keep(needed, () =>
        succession.fill({ ...failed, bits: needed }, (next) => this.#moveTo(next, needed, options)),
      )
      .finally(() => {
        this.#replacing = null;
      });
    await this.#replacing;
  }

  async #moveTo(next: Backend, bits: ReadonlySet<BitWidth>, options: TrialOptions): Promise<void> {
    const work = {
      manifest: this.model.manifest,
      trials: this.#trials,
      bits,
      packs: () => this.#packs.packs,
      programs: () => this.#compiled.values(),
    };
    await moveWork(next, work, options, (moved) => this.#takeOver(next, moved));
  }

  /** From one frame to the next. */
  #takeOver(next: Backend, moved: ReadonlyMap<Program, Program>): void {
    this.#assertAlive();
    const former = this.#backend;
    const retired: Program[] = [];
    this.#backend = next;
    for (const [program, successor] of moved) {
      const name = formatSubnet(program.plan.subnet);
      if (this.#compiled.get(name) !== program) {
        successor.dispose(); // given back meanwhile
        continue;
      }
      retired.push(program);
      this.#compiled.set(name, successor);
      this.#programs.set(name, Promise.resolve(successor));
      if (program === this.#active) this.#active = successor;
    }
    this.#users.retire(former, retired);
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

import {
  type Budget,
  type Classifier,
  type ClassifierOptions,
  createClassifier,
  type Pin,
} from '../../src/index.ts';
import { seededRandom } from '../support/random.ts';
import type { HeldMemory } from './countMemory.ts';
import { heldChannel } from './heldChannel.ts';
import { keepLedger, type OpenThings } from './ledger.ts';

export interface SoakOptions {
  /** Path of a model.json. */
  readonly model: string;
  readonly backend: NonNullable<ClassifierOptions['backend']>;
  readonly seed: number;
  readonly frames: number;
  /** Random pins and budgets, spread over the frames. */
  readonly switches: number;
  /** How often the classifier is disposed of and created anew, spread over the frames. */
  readonly cycles: number;
}

/** JavaScript heaps once all garbage is gone. */
export interface HeapBytes {
  readonly pageHeapBytes: number;
  /** Of the classifier's worker. */
  readonly workerHeapBytes: number;
}

/** What is held at one moment. */
export interface SoakLevel extends HeldMemory, HeapBytes, OpenThings {
  readonly frames: number;
}

export interface SoakReport {
  readonly frames: number;
  readonly switches: number;
  readonly cycles: number;
  /** Before the first classifier. */
  readonly start: OpenThings;
  /** After a tenth of the frames and each tenth that follows, the classifier having used all of its subnets. */
  readonly levels: readonly SoakLevel[];
  /** After the last classifier. */
  readonly end: OpenThings;
  readonly seconds: number;
}

const measuredLevels = 10;
const frameSide = 64;

/** Hours of use in minutes: frames without a pause, random wishes in between, classifiers that come and go. */
export async function runSoak(
  options: SoakOptions,
  measureHeaps: (framesSoFar: number) => Promise<HeapBytes>,
): Promise<SoakReport> {
  const { seed, frames, switches, cycles } = options;
  const random = seededRandom(seed);
  const ledger = keepLedger();
  const start = ledger.open();
  const startMs = performance.now();
  const levels: SoakLevel[] = [];
  const perCycle = Math.ceil(frames / cycles);
  const perLevel = Math.ceil(frames / measuredLevels);
  let done = 0;
  let switched = 0;
  for (let cycle = 1; cycle <= cycles; cycle++) {
    const classifier = await openCounted(options);
    const wishes: Promise<void>[] = [];
    for (let i = 0; i < perCycle && done < frames; i++) {
      const due = Math.floor(((done + 1) * switches) / frames);
      for (; switched < due; switched++) wishes.push(wish(classifier, random));
      await classifyOne(classifier, done, random());
      done += 1;
      if (done % perLevel !== 0 && done !== frames) continue;
      await Promise.all(wishes.splice(0));
      await bringAllIn(classifier);
      const held = await askHeld();
      // The browser's own list of what was loaded: an entry for each worker.
      performance.clearResourceTimings();
      levels.push({ frames: done, ...held, ...ledger.open(), ...(await measureHeaps(done)) });
    }
    await Promise.all(wishes);
    await classifier.dispose();
  }
  const end = ledger.open();
  ledger.end();
  const seconds = (performance.now() - startMs) / 1000;
  return { frames: done, switches: switched, cycles, start, levels, end, seconds };
}

function openCounted({ model, backend }: SoakOptions): Promise<Classifier> {
  return createClassifier({
    model,
    backend,
    // A machine that is busy otherwise would have frames wait.
    signals: { pressure: 'unknown' },
    createWorker: () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }),
  });
}

/** A video frame mostly; now and then one that is aborted, or image data. */
async function classifyOne(classifier: Classifier, index: number, chance: number): Promise<void> {
  const pixels = new Uint8ClampedArray(4 * frameSide * frameSide).fill(index & 255);
  if (chance < 0.1) {
    await classifier.classify(new ImageData(pixels, frameSide, frameSide));
    return;
  }
  const frame = new VideoFrame(pixels, {
    format: 'RGBX',
    codedWidth: frameSide,
    codedHeight: frameSide,
    timestamp: index,
  });
  const controller = new AbortController();
  const classifying = classifier.classify(frame, { signal: controller.signal });
  frame.close();
  if (chance < 0.2) {
    controller.abort();
    await classifying.catch(() => {});
  } else await classifying;
}

function wish(classifier: Classifier, random: () => number): Promise<void> {
  const { subnets } = classifier;
  const { width, resolution, bits } = subnets[Math.floor(random() * subnets.length)]!;
  const pins: readonly Pin[] = [
    'auto',
    { bits },
    { width, resolution },
    { width, resolution, bits },
  ];
  const budgets: readonly Budget[] = [
    {},
    // Above what a frame takes: where nothing meets a budget, frames are left out, and the run waits.
    { latencyMs: 200 + 800 * random() },
    { ceiling: { bits } },
    { maxBytes: 100_000 + 1_000_000 * random() },
  ];
  const one = Math.floor(4 * random());
  const change = random() < 0.7 ? classifier.pin(pins[one]!) : classifier.setBudget(budgets[one]!);
  // A pin and a ceiling that exclude each other are refused, and change nothing.
  return change.catch((thrown) => {
    if (thrown.code !== 'UNKNOWN_SUBNET') throw thrown;
  });
}

/** Brings in whatever can be brought in: what is held then tells of leaks, not of the last random wishes. */
async function bringAllIn(classifier: Classifier): Promise<void> {
  await classifier.pin('auto');
  await classifier.setBudget({});
  for (const { width, resolution, bits } of classifier.subnets) {
    await classifier.pin({ width, resolution, bits });
    await classifyOne(classifier, 0, 1);
  }
  await classifier.pin('auto');
}

function askHeld(): Promise<HeldMemory> {
  const asking = new BroadcastChannel(heldChannel);
  return new Promise<HeldMemory>((resolve) => {
    asking.onmessage = ({ data }) => resolve(data);
    asking.postMessage('held?');
  }).finally(() => asking.close());
}

import type { Budget, Classifier, Subnet, SwitchDetail } from '../../src/index.ts';

/** What a page measures for the end-to-end test of the budget; it runs in the page, so it imports types only. */
export interface BudgetRun {
  readonly largestMs: number;
  readonly phases: readonly PhaseRun[];
  /** Median milliseconds that the first frame on another subnet takes beyond those after it. */
  readonly switchMs: number;
  /** The subnet of the first frame after the budget was halved. */
  readonly afterHalving: Subnet;
  readonly beforeHalving: Subnet;
  readonly switches: readonly (SwitchDetail & { readonly atMs: number; readonly phase: string })[];
  readonly stats: Classifier['stats'];
}

export interface PhaseRun {
  readonly name: string;
  readonly limitMs: number;
  readonly seconds: number;
  readonly frames: number;
  readonly inBudget: number;
  readonly switches: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly gain: number;
}

/** Runs in the page. @param factor how much longer each phase lasts than the least */
export async function runBudget(model: string): Promise<BudgetRun> {
  const unknown = 'unknown' as const;
  const signals = { battery: unknown, pressure: unknown, visible: unknown, saveData: unknown };
  const classifier = await globalThis.createRtfqClassifier({ model, backend: 'wasm', signals });
  const pixels = Uint8ClampedArray.from({ length: 4 * 640 * 480 }, (_, i) => (i * 31) & 255);
  const frame = new ImageData(pixels, 640, 480);
  const switches: (SwitchDetail & { atMs: number; phase: string })[] = [];
  let phase = '';
  classifier.addEventListener('switch', ({ detail }) =>
    switches.push({ ...detail, atMs: performance.now(), phase }),
  );
  const classify = async () => {
    const { subnet, timing } = await classifier.classify(frame, { topK: 1 });
    return { subnet, workMs: timing.pixelsMs + timing.inferenceMs };
  };
  const quantile = (values: readonly number[], fraction: number) =>
    [...values].sort((a, b) => a - b)[Math.floor(fraction * (values.length - 1))]!;
  const median = (values: readonly number[]) => quantile(values, 0.5);
  const gainOf = ({ width, resolution, bits }: Subnet) =>
    classifier.subnets.find(
      (entry) => entry.width === width && entry.resolution === resolution && entry.bits === bits,
    )!.accuracy!.top1;

  async function runPhase(name: string, seconds: number, limitMs: number): Promise<PhaseRun> {
    phase = name;
    const startMs = performance.now();
    const before = switches.length;
    const works: number[] = [];
    const gains: number[] = [];
    for (let nextMs = startMs; performance.now() - startMs < 1000 * seconds; ) {
      const { subnet, workMs } = await classify();
      works.push(workMs);
      gains.push(gainOf(subnet));
      // A camera of 30 frames a second; what comes while the worker is busy is left out.
      const nowMs = performance.now();
      nextMs += 33.3 * Math.max(1, Math.ceil((nowMs - nextMs) / 33.3));
      await new Promise((resolve) => setTimeout(resolve, nextMs - nowMs));
    }
    return {
      name,
      limitMs,
      seconds,
      frames: works.length,
      inBudget: works.filter((ms) => ms <= limitMs).length / works.length,
      switches: switches.length - before,
      p50Ms: median(works),
      p95Ms: quantile(works, 0.95),
      gain: gains.reduce((a, b) => a + b, 0) / gains.length,
    };
  }

  const spinners: Worker[] = [];
  function startLoad(): void {
    const script = URL.createObjectURL(new Blob(['for (;;) {}'], { type: 'text/javascript' }));
    for (let i = 0; i < 2 * navigator.hardwareConcurrency; i++) spinners.push(new Worker(script));
  }
  function stopLoad(): void {
    for (const spinner of spinners.splice(0)) spinner.terminate();
  }

  // What the best subnet takes here: budgets are made of it, so that the test is the same on any machine.
  const largest: Subnet = { width: 1, resolution: 224, bits: 8 };
  const other: Subnet = { width: 1, resolution: 160, bits: 8 };
  await classifier.pin(largest);
  const warm: number[] = [];
  for (let i = 0; i < 20; i++) warm.push((await classify()).workMs);
  const largestMs = median(warm);

  // What a switch costs its frame: the first frames against those after them, on two prepared subnets in turn.
  await classifier.pin(other);
  const added: number[] = [];
  for (let i = 0; i < 24; i++) {
    await classifier.pin(i % 2 === 0 ? largest : other);
    const works: number[] = [];
    for (let j = 0; j < 4; j++) works.push((await classify()).workMs);
    added.push(works[0]! - median(works.slice(1)));
  }
  await classifier.pin('auto');

  const phases: PhaseRun[] = [];
  const run = async (name: string, seconds: number, budget: Budget & { latencyMs: number }) => {
    await classifier.setBudget(budget);
    phases.push(await runPhase(name, seconds, budget.latencyMs));
  };
  const easy = { latencyMs: 1.6 * largestMs };
  await run('loading and measuring', 12, easy);
  await run('no load', 20, easy);
  startLoad();
  await run('load', 10, easy);
  stopLoad();
  await run('after the load', 12, easy);
  const beforeHalving = (await classify()).subnet;
  await classifier.setBudget({ latencyMs: 0.5 * largestMs });
  const afterHalving = (await classify()).subnet;
  await run('a third of the budget', 8, { latencyMs: 0.5 * largestMs });
  await run('the budget of before', 10, easy);
  const { stats } = classifier;
  await classifier.dispose();
  return {
    largestMs,
    phases,
    switchMs: median(added),
    beforeHalving,
    afterHalving,
    switches,
    stats,
  };
}

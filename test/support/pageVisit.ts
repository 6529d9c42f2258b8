import type { Classifier, ClassifierOptions } from '../../src/index.ts';

/** What a page did while nobody looked; it runs in the page, so it imports types only. */
export interface VisitState {
  readonly results: number;
  /** Each label that came, once. */
  readonly labels: readonly string[];
  /** What ended the loop. */
  readonly error: string | null;
  /** How often the page came back from the back-forward cache. */
  readonly restored: number;
}

/** A classifier whose loop classifies one and the same picture, again and again. */
export class PageVisit {
  readonly #classifier: Classifier;
  readonly #labels = new Set<string>();
  #results = 0;
  #error: string | null = null;
  #restored = 0;

  static async start(options: ClassifierOptions): Promise<PageVisit> {
    const classifier = await globalThis.createRtfqClassifier(options);
    await classifier.pin(classifier.active);
    return new PageVisit(classifier);
  }

  private constructor(classifier: Classifier) {
    this.#classifier = classifier;
    addEventListener('pageshow', ({ persisted }) => {
      if (persisted) this.#restored += 1;
    });
    this.#run().catch((thrown) => {
      this.#error = thrown.code ?? String(thrown);
    });
  }

  get state(): VisitState {
    const [results, error, restored] = [this.#results, this.#error, this.#restored];
    return { results, labels: [...this.#labels], error, restored };
  }

  /** Budget, pin and disposal, one after the other, and a frame after that: how each ended. */
  async end(): Promise<readonly string[]> {
    const classifier = this.#classifier;
    const steps = [
      () => classifier.setBudget({ ceiling: { bits: 6 } }),
      () => classifier.pin({ bits: 4 }),
      () => classifier.dispose(),
      () => classifier.classify(picture()),
    ];
    const outcomes: string[] = [];
    for (const step of steps) {
      const ending: Promise<unknown> = step();
      outcomes.push(
        await ending.then(
          () => 'ok',
          ({ code }) => code,
        ),
      );
    }
    return outcomes;
  }

  async #run(): Promise<void> {
    for (;;) {
      const { classes } = await this.#classifier.classify(picture());
      this.#labels.add(classes[0]!.label);
      this.#results += 1;
    }
  }
}

function picture(): ImageData {
  return new ImageData(
    Uint8ClampedArray.from({ length: 4 * 64 * 64 }, (_, i) => (i * 31) & 255),
    64,
    64,
  );
}

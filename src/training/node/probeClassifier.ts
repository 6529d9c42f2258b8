import { throwIfAborted } from '../../errors.ts';
import { replaceClassifier } from '../checkpoint.ts';
import { extractFeatures } from '../extractFeatures.ts';
import type { FloatNetwork } from '../floatNetwork.ts';
import { FloatProgram } from '../floatProgram.ts';
import { type Features, joinFeatures } from '../linearClassifier.ts';
import { trainProbe } from '../linearProbe.ts';
import type { LabelledPictures, Pictures } from '../trainer/data.ts';

export interface ProbeClassifierOptions {
  readonly network: FloatNetwork;
  readonly classCount: number;
  readonly source: LabelledPictures;
  /** Pictures of the domain that the classifier is for, where that is another one. */
  readonly target: Pictures | null;
  readonly resolutions: readonly number[];
  readonly cropFraction: number;
  readonly l2?: number | undefined;
  readonly steps: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number, activity: string) => void) | undefined;
}

export interface ProbedClassifier {
  readonly network: FloatNetwork;
  /** Fraction of the source pictures, mirrored ones and all resolutions included, that are fitted. */
  readonly accuracy: number;
}

/**
 * Gives a network a classifier that is trained on its frozen features. Needs a tfjs backend to be set.
 * @throws RtfqError `ABORTED`; what loading pictures throws
 */
export async function probeClassifier(options: ProbeClassifierOptions): Promise<ProbedClassifier> {
  const { network, classCount, source, target, resolutions, cropFraction, l2, steps, signal } =
    options;
  const total = source.count + (target?.count ?? 0) + steps;
  let done = 0;
  const advance = (activity: string) => options.onProgress?.(++done, total, activity);

  const view = { kind: 'centre', fraction: cropFraction } as const;
  const program = new FloatProgram(network);
  const featuresOf = async (pictures: Pictures): Promise<Features> => {
    const rows: Float32Array[] = [];
    for (let index = 0; index < pictures.count; index++) {
      const squares = await pictures.load([{ index, view }], resolutions);
      throwIfAborted(signal);
      for (const [side, square] of squares) {
        rows.push(...(await extractFeatures(program, square, side)));
      }
      advance('extracting features');
    }
    return joinFeatures(rows.map((values) => ({ dimension: values.length, values })));
  };
  try {
    const features = await featuresOf(source);
    const targetFeatures = target === null ? null : await featuresOf(target);
    const rowsPerPicture = 2 * resolutions.length;
    const labels = Array.from({ length: source.count * rowsPerPicture }, (_, row) =>
      source.labelOf(Math.floor(row / rowsPerPicture)),
    );
    const { classifier, accuracy } = await trainProbe(
      features,
      labels,
      classCount,
      targetFeatures,
      {
        ...(l2 === undefined ? {} : { l2 }),
        steps,
        signal,
        onStep: () => advance('training the classifier'),
      },
    );
    return { network: replaceClassifier(network, classifier.weights, classifier.bias), accuracy };
  } finally {
    program.dispose();
  }
}

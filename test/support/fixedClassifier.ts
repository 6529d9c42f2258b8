import { type Classifier, type ClassifierOptions, createClassifier } from '../../src/index.ts';
import { tinyModelPath } from './tinyModelServer.ts';

/** What a test must not depend on: how busy the machine is, and whether it runs on battery. */
export const unknownSignals = {
  battery: 'unknown',
  pressure: 'unknown',
  visible: 'unknown',
  saveData: 'unknown',
} as const;

/** The tiny model on its largest subnet from the first frame on. */
export async function openFixed(options: Partial<ClassifierOptions> = {}): Promise<Classifier> {
  const classifier = await createClassifier({
    model: tinyModelPath('good'),
    signals: unknownSignals,
    ...options,
  });
  await classifier.pin({ width: 1, resolution: 32, bits: 8 });
  return classifier;
}

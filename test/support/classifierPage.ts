import { createClassifier } from '../../src/index.ts';

declare global {
  var createRtfqClassifier: typeof createClassifier;
}

globalThis.createRtfqClassifier = createClassifier;

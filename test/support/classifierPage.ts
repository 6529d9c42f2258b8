import { createClassifier } from '../../src/index.ts';
import { runBudget } from './budgetRun.ts';

declare global {
  var createRtfqClassifier: typeof createClassifier;
  var runRtfqBudget: typeof runBudget;
}

globalThis.createRtfqClassifier = createClassifier;
globalThis.runRtfqBudget = runBudget;

import { createClassifier } from '../../src/index.ts';
import { runBudget } from './budgetRun.ts';
import { PageVisit } from './pageVisit.ts';

declare global {
  var createRtfqClassifier: typeof createClassifier;
  var runRtfqBudget: typeof runBudget;
  var RtfqPageVisit: typeof PageVisit;
  var rtfqVisit: PageVisit | undefined;
}

globalThis.createRtfqClassifier = createClassifier;
globalThis.runRtfqBudget = runBudget;
globalThis.RtfqPageVisit = PageVisit;

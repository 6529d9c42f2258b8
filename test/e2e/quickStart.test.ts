import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runShortQuickStart } from '../support/shortQuickStart.ts';

const seed = 1;

/**
 * Seeds 1, 2 and 3 were seen to give 10.8, 21.8 and 21.5 points (calibration alone 13.0, 19.8 and 24.0: so short
 * a training is over before pseudo-labels are worth anything). About half of the least is left to other machines' rounding.
 */
const leastGain = 0.05;

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rtfq-quick-start-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

test(`the quick-start, shortened: unlabelled webcam pictures help (seed ${seed})`, async () => {
  const { adapted, calibrated, sourceOnly } = await runShortQuickStart(dir, seed);
  expect(adapted).toBeGreaterThan(sourceOnly + leastGain);
  expect(calibrated).toBeGreaterThan(sourceOnly + leastGain);
});

import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { RtfqError } from '../../errors.ts';
import { type Manifest, parseManifest } from '../../model/manifest.ts';
import { renderReport } from '../report/report.ts';
import { describeRun } from '../trainer/runState.ts';
import { writeFileAtomically } from './atomicFile.ts';
import { readEvaluation } from './evaluationFile.ts';
import { checkpointFile, RunFolder } from './runFolder.ts';

export interface RunReportOptions {
  /** Folder of the run, which may be unfinished. */
  readonly run: string;
  /** What `rtfq eval --json` wrote; without it the report has no accuracies. */
  readonly evaluation?: string | undefined;
  /** File to write. */
  readonly out: string;
}

/**
 * Writes the report of a training run.
 * @throws RtfqError `INVALID_ARGUMENT` where there is no run, or the evaluation is none | `WEIGHTS_FORMAT` |
 *   `MODEL_*` where the run's model is damaged
 */
export async function writeRunReport({ run, evaluation, out }: RunReportOptions): Promise<void> {
  const folder = RunFolder.forReading(run);
  const saved = await folder.readCheckpoint();
  if (saved === null) {
    throw new RtfqError('INVALID_ARGUMENT', `there is no training run in ${run}`, {
      expected: `a folder with a ${checkpointFile}`,
    });
  }
  const { recipe, step } = describeRun(saved);
  const page = renderReport({
    name: basename(resolve(run)),
    recipe,
    step,
    log: await folder.readLog(),
    provenance: await readProvenance(run),
    evaluation: evaluation === undefined ? null : await readEvaluation(evaluation),
  });
  await writeFileAtomically(out, new TextEncoder().encode(page));
}

/** null where training has not come to a model. */
async function readProvenance(run: string): Promise<Manifest['provenance'] | null> {
  const json = await readFile(join(run, 'model/model.json'), 'utf8').catch(() => null);
  return json === null ? null : parseManifest(json).provenance;
}

import { readFile } from 'node:fs/promises';
import { RtfqError } from '../../errors.ts';
import { type Evaluation, parseEvaluation } from '../report/evaluation.ts';

/**
 * Reads what `rtfq eval --json` wrote.
 * @throws RtfqError `INVALID_ARGUMENT` where there is no such file, or it is something else
 */
export async function readEvaluation(path: string): Promise<Evaluation> {
  const json = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new RtfqError('INVALID_ARGUMENT', `cannot read ${path}`, { got: cause.message, cause });
  });
  return parseEvaluation(json);
}

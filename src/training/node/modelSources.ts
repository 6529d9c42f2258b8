import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { RtfqError } from '../../errors.ts';
import type { ModelSource } from '../../model/manifest.ts';

const sourcesSchema = v.array(
  v.strictObject({
    name: v.string(),
    role: v.picklist(['weights', 'training', 'calibration', 'evaluation']),
    licence: v.string(),
  }),
);

/** The licence of a source that the user says nothing about. */
export const unstatedLicence = 'not stated';

/** Reads what a model is made of from a JSON file. @throws RtfqError `INVALID_ARGUMENT` */
export async function readSourcesFile(path: string): Promise<readonly ModelSource[]> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new RtfqError('INVALID_ARGUMENT', `cannot read ${path} as JSON`, { cause });
  }
  const parsed = v.safeParse(sourcesSchema, value);
  if (parsed.success) return parsed.output;
  const issue: v.BaseIssue<unknown> = parsed.issues[0];
  throw new RtfqError('INVALID_ARGUMENT', `${path}: ${v.getDotPath(issue) ?? 'the document'}`, {
    got: issue.received,
    expected: issue.expected ?? issue.message,
  });
}

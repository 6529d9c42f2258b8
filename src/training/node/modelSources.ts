import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import * as v from 'valibot';
import { RtfqError } from '../../errors.ts';
import { type ModelSource, sourceSchema } from '../../model/manifest.ts';
import type { CheckpointMetadata } from '../checkpointConventions.ts';

const sourcesSchema = v.array(sourceSchema);

/** The licence of a source that the user says nothing about. */
const unstatedLicence = 'not stated';

/** What is known of a model's making without asking: files and folders, by role. */
export interface KnownSources {
  /** Path of a checkpoint, where there is one. */
  readonly weights: string | undefined;
  readonly metadata: CheckpointMetadata;
  readonly pictures: readonly Pick<ModelSource, 'name' | 'role'>[];
}

/**
 * What a model is made of: as the user says in a JSON file, else what is known without asking.
 * @throws RtfqError `INVALID_ARGUMENT`
 */
export async function readSources(
  path: string | undefined,
  { weights, metadata, pictures }: KnownSources,
): Promise<readonly ModelSource[]> {
  if (path !== undefined) return readSourcesFile(path);
  const network =
    weights === undefined
      ? []
      : [{ name: metadata.source ?? basename(weights), role: 'weights' } as const];
  return [...network, ...pictures].map((source) => ({ ...source, licence: unstatedLicence }));
}

async function readSourcesFile(path: string): Promise<readonly ModelSource[]> {
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

import { appendFile, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RtfqError } from '../../errors.ts';
import type { CheckpointStore, LogRecord, RunLog } from '../trainer/train.ts';
import { writeFileAtomically } from './atomicFile.ts';

export const checkpointFile = 'checkpoint.safetensors';
const logFile = 'log.jsonl';

/** A folder that holds one training run: its latest checkpoint and its log, one JSON record a line. */
export class RunFolder implements CheckpointStore, RunLog {
  readonly #dir: string;

  private constructor(dir: string) {
    this.#dir = dir;
  }

  /** Makes the folder if need be, and clears away what a process that died was writing. */
  static async open(dir: string): Promise<RunFolder> {
    await mkdir(dir, { recursive: true });
    for (const name of await readdir(dir)) {
      if (name.startsWith(`.${checkpointFile}.`) || name.startsWith(`.${logFile}.`)) {
        await rm(join(dir, name), { force: true });
      }
    }
    return new RunFolder(dir);
  }

  /** Changes nothing, so that a run can be looked at while it goes on. */
  static forReading(dir: string): RunFolder {
    return new RunFolder(dir);
  }

  async save(bytes: Uint8Array): Promise<void> {
    await writeFileAtomically(join(this.#dir, checkpointFile), bytes);
  }

  /** The latest checkpoint; null where none was saved. */
  async readCheckpoint(): Promise<Uint8Array | null> {
    return readIfThere(join(this.#dir, checkpointFile));
  }

  async append(record: LogRecord): Promise<void> {
    await appendFile(join(this.#dir, logFile), `${JSON.stringify(record)}\n`);
  }

  /** The log's records; a last line that was cut off is left out. */
  async readLog(): Promise<readonly LogRecord[]> {
    const bytes = await readIfThere(join(this.#dir, logFile));
    if (bytes === null) return [];
    const lines = new TextDecoder().decode(bytes).split('\n');
    return lines.slice(0, -1).map((line, i) => parseRecord(line, i));
  }

  /** Takes out the records of steps that will be taken again: those after the checkpoint. */
  async rewindLog(step: number): Promise<void> {
    const records = (await this.readLog()).filter((record) => record.step <= step);
    const text = records.map((record) => `${JSON.stringify(record)}\n`).join('');
    await writeFileAtomically(join(this.#dir, logFile), new TextEncoder().encode(text));
  }
}

function parseRecord(line: string, index: number): LogRecord {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new RtfqError('INVALID_ARGUMENT', `${logFile}: line ${index + 1} is damaged`, {
      got: line.slice(0, 40),
      hint: 'remove the line, or the file',
      cause,
    });
  }
}

async function readIfThere(path: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw thrown;
  }
}

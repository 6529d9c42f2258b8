import { describe, expect, test } from 'vitest';
import { openReferenceBackend } from '../../../src/backends/reference/backend.ts';
import { openModel } from '../../../src/model/reader.ts';
import { openSession } from '../../../src/runtime/openSession.ts';
import { Session } from '../../../src/runtime/session.ts';
import { abortAtPoint } from '../../support/abortPoints.ts';
import { barsFrame } from '../../support/testFrames.ts';
import { openTinyModel, readFrom, tinyModelFiles } from '../../support/tinyModel.ts';

const timeoutMs = 120_000;
const files = await tinyModelFiles();
const model = await openTinyModel();
const [subnet] = model.manifest.subnets;

/** Aborts the work at each of its awaits in turn, until it ends before it is aborted. */
async function abortEverywhere<T>(
  work: (signal: AbortSignal) => Promise<T>,
  after: (result: PromiseSettledResult<T>) => Promise<void>,
): Promise<number> {
  for (let point = 0; ; point++) {
    const { settled, hasFired } = await abortAtPoint(point, work);
    if (settled.status === 'rejected') {
      expect(settled.reason, `aborted at ${point}`).toMatchObject({ code: 'ABORTED' });
      expect(hasFired).toBe(true);
    }
    await after(settled);
    if (!hasFired) return point;
  }
}

describe('aborted at any of its awaits', () => {
  test('reading a model ends as ABORTED, or as if nothing had been', {
    timeout: timeoutMs,
  }, async () => {
    const read = async (signal: AbortSignal) => {
      const opened = await openModel(readFrom(files), { signal });
      await opened.readPack('shared', { signal });
      return opened.readTable(opened.manifest.subnets[0]!, { signal });
    };
    const points = await abortEverywhere(read, async () => {});
    expect(points).toBeGreaterThan(10);
  });

  test('a session prepares what it is asked for next', { timeout: timeoutMs }, async () => {
    let session: Session;
    const prepare = (signal: AbortSignal) => {
      session = new Session(model, openReferenceBackend());
      return session.switchTo(subnet!, { signal });
    };
    const points = await abortEverywhere(prepare, async ({ status }) => {
      if (status === 'rejected') expect(session.active).toBeNull();
      await session.switchTo(subnet!);
      const { logits } = await session.run(barsFrame(1));
      expect(logits).toHaveLength(model.manifest.classes.length);
      session.dispose();
    });
    expect(points).toBeGreaterThan(10);
  });

  test('opening leaves no session behind that is not given to anyone', {
    timeout: timeoutMs,
  }, async () => {
    const open = (signal: AbortSignal) => openSession(model, 'reference', { signal });
    const points = await abortEverywhere(open, async (settled) => {
      if (settled.status === 'fulfilled') settled.value.session.dispose();
    });
    expect(points).toBeGreaterThan(0);
  });
});

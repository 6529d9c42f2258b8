import type { CDPSession, Page } from 'playwright-core';
import { TargetSession } from '../support/targetSession.ts';
import type { HeapBytes } from './soakRun.ts';

// What finalizers let go of is garbage for the next collection only.
const collections = 3;

type HeapMethod = 'HeapProfiler.collectGarbage' | 'Runtime.getHeapUsage';

/** Measures the JavaScript heaps of a page and of the one worker that it has at the time. */
export class Heaps {
  readonly #page: CDPSession;
  readonly #workers = new Map<string, TargetSession>();

  static async of(page: Page): Promise<Heaps> {
    const session = await page.context().newCDPSession(page);
    const heaps = new Heaps(session);
    const attach = { autoAttach: true, waitForDebuggerOnStart: false, flatten: false };
    await session.send('Target.setAutoAttach', attach);
    return heaps;
  }

  private constructor(page: CDPSession) {
    this.#page = page;
    page.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
      if (targetInfo.type !== 'worker') return;
      this.#workers.set(sessionId, new TargetSession(page, sessionId));
    });
    page.on('Target.detachedFromTarget', ({ sessionId }) => {
      this.#workers.get(sessionId)?.end();
      this.#workers.delete(sessionId);
    });
  }

  async measure(): Promise<HeapBytes> {
    const [worker, ...others] = this.#workers.values();
    if (worker === undefined || others.length > 0) {
      throw new Error(`${this.#workers.size} workers where one was expected`);
    }
    return {
      pageHeapBytes: await usedBytes((method) => this.#page.send(method)),
      workerHeapBytes: await usedBytes((method) => worker.send(method)),
    };
  }
}

async function usedBytes(send: (method: HeapMethod) => Promise<unknown>): Promise<number> {
  for (let i = 0; i < collections; i++) await send('HeapProfiler.collectGarbage');
  return ((await send('Runtime.getHeapUsage')) as { usedSize: number }).usedSize;
}

import type { CDPSession, Page } from 'playwright-core';
import type { HeapBytes } from './soakRun.ts';

// What finalizers let go of is garbage for the next collection only.
const collections = 3;

type Send = (method: HeapMethod) => Promise<unknown>;
type HeapMethod = 'HeapProfiler.collectGarbage' | 'Runtime.getHeapUsage';

/** Measures the JavaScript heaps of a page and of the one worker that it has at the time. */
export class Heaps {
  readonly #page: CDPSession;
  readonly #workers = new Set<string>();
  readonly #answers = new Map<number, { resolve(value: unknown): void; reject(e: Error): void }>();
  #sent = 0;

  static async of(page: Page): Promise<Heaps> {
    const session = await page.context().newCDPSession(page);
    const heaps = new Heaps(session);
    // Not flattened: Playwright routes no sessions but its own.
    const attach = { autoAttach: true, waitForDebuggerOnStart: false, flatten: false };
    await session.send('Target.setAutoAttach', attach);
    return heaps;
  }

  private constructor(page: CDPSession) {
    this.#page = page;
    page.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
      if (targetInfo.type === 'worker') this.#workers.add(sessionId);
    });
    page.on('Target.detachedFromTarget', ({ sessionId }) => this.#workers.delete(sessionId));
    page.on('Target.receivedMessageFromTarget', ({ message }) => {
      const { id, result, error } = JSON.parse(message);
      const answer = this.#answers.get(id);
      this.#answers.delete(id);
      if (error) answer?.reject(new Error(error.message));
      else answer?.resolve(result);
    });
  }

  async measure(): Promise<HeapBytes> {
    const [worker, ...others] = this.#workers;
    if (worker === undefined || others.length > 0) {
      throw new Error(`${this.#workers.size} workers where one was expected`);
    }
    return {
      pageHeapBytes: await usedBytes((method) => this.#page.send(method)),
      workerHeapBytes: await usedBytes((method) => this.#sendTo(worker, method)),
    };
  }

  #sendTo(sessionId: string, method: HeapMethod): Promise<unknown> {
    const id = ++this.#sent;
    return new Promise((resolve, reject) => {
      this.#answers.set(id, { resolve, reject });
      const message = JSON.stringify({ id, method });
      this.#page.send('Target.sendMessageToTarget', { sessionId, message }).catch(reject);
    });
  }
}

async function usedBytes(send: Send): Promise<number> {
  for (let i = 0; i < collections; i++) await send('HeapProfiler.collectGarbage');
  return ((await send('Runtime.getHeapUsage')) as { usedSize: number }).usedSize;
}

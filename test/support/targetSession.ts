import type { CDPSession } from 'playwright-core';

interface Answer {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

interface Message {
  readonly sessionId: string;
  readonly message: string;
}

/** A DevTools session with a target that Playwright has none with: it travels inside of a session that it has. */
export class TargetSession {
  readonly #carrier: CDPSession;
  readonly #sessionId: string;
  readonly #answers = new Map<number, Answer>();
  #sent = 0;

  /** @param sessionId as the carrier's `Target` domain has it, not flattened */
  constructor(carrier: CDPSession, sessionId: string) {
    this.#carrier = carrier;
    this.#sessionId = sessionId;
    carrier.on('Target.receivedMessageFromTarget', this.#receive);
  }

  send(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.#sent;
    return new Promise((resolve, reject) => {
      this.#answers.set(id, { resolve, reject });
      const message = JSON.stringify({ id, method, params });
      const sessionId = this.#sessionId;
      this.#carrier.send('Target.sendMessageToTarget', { sessionId, message }).catch(reject);
    });
  }

  end(): void {
    this.#carrier.off('Target.receivedMessageFromTarget', this.#receive);
  }

  readonly #receive = ({ sessionId, message }: Message): void => {
    if (sessionId !== this.#sessionId) return;
    const { id, result, error } = JSON.parse(message);
    const answer = this.#answers.get(id);
    this.#answers.delete(id);
    if (error) answer?.reject(new Error(error.message));
    else answer?.resolve(result);
  };
}

import type { Worker } from 'node:worker_threads';
import { RtfqError } from '../../errors.ts';
import type { ShardReply, ShardRequest } from './shardProtocol.ts';

/** A worker thread that computes shards, one at a time. Whatever becomes of it, nobody waits for ever. */
export class ShardThread {
  readonly #worker: Worker;
  #waiting: { resolve(reply: ShardReply): void; reject(error: RtfqError): void } | null = null;
  #end: RtfqError | null = null;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (reply: ShardReply) => {
      this.#waiting?.resolve(reply);
      this.#waiting = null;
    });
    worker.on('messageerror', (cause) => this.#fail(died(cause.message, cause)));
    worker.on('error', (cause) => this.#fail(died(cause.message, cause)));
    worker.on('exit', (code) => this.#fail(died(`exit code ${code}`)));
  }

  /** Resolves when the worker has loaded. @throws RtfqError what the worker threw | `WORKER_DIED` */
  async ready(): Promise<void> {
    await this.#reply();
  }

  /** @throws RtfqError what the worker threw | `WORKER_DIED` */
  async compute(request: ShardRequest): Promise<ShardReply & { readonly kind: 'done' }> {
    const reply = this.#reply();
    this.#worker.postMessage(request);
    const answer = await reply;
    if (answer.kind === 'done') return answer;
    throw new RtfqError('INTERNAL', 'a training worker replied out of turn', { got: answer.kind });
  }

  /** Ends the worker whatever it is doing; who waits for it gets `WORKER_DIED`. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  async #reply(): Promise<ShardReply> {
    if (this.#end !== null) throw this.#end;
    const reply = await new Promise<ShardReply>((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
    if (reply.kind === 'failed') throw RtfqError.deserialize(reply.error);
    return reply;
  }

  #fail(error: RtfqError): void {
    this.#end ??= error;
    this.#waiting?.reject(this.#end);
    this.#waiting = null;
  }
}

function died(got: string, cause?: Error): RtfqError {
  return new RtfqError('WORKER_DIED', 'a training worker died', {
    got,
    hint: 'go on from the last checkpoint; with fewer workers if memory was short',
    cause,
  });
}

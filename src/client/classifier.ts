import { proxy } from 'comlink';
import { RtfqError, throwIfAborted } from '../errors.ts';
import type { HostEvent, LoadProgress } from '../worker/protocol.ts';
import { Connection } from './connection.ts';
import { checkOptions } from './options.ts';
import { SignalRelay } from './signalRelay.ts';
import { throwLater } from './throwLater.ts';
import type { Classifier, ClassifierOptions } from './types.ts';
import { type BackgroundEvent, WorkerClassifier } from './workerClassifier.ts';

/**
 * Starts a worker, opens a model in it and prepares its first subnet: the best that the budget allows of those
 * with the fewest weights. Richer ones arrive while frames flow.
 * @throws RtfqError `INVALID_ARGUMENT` | `UNKNOWN_SUBNET` | `MODEL_*` | `BACKEND_UNAVAILABLE` | `OUT_OF_MEMORY` |
 * `WORKER_DIED` | `ABORTED`
 */
export async function createClassifier(options: ClassifierOptions): Promise<Classifier> {
  const { workerUrl, createWorker, signals, clock, ...opening } = checkOptions(options);
  const { signal, onProgress } = options;
  throwIfAborted(signal);
  const connection = new Connection({ workerUrl, createWorker });
  let classifier: WorkerClassifier | null = null;
  const relay = new SignalRelay(signals, (known) => classifier?.setSignals(known));
  void connection.ended.then(() => relay.stop());
  // Ending the worker ends its downloads too.
  const abort = () =>
    connection.end(
      new RtfqError('ABORTED', 'opening was aborted by its signal', { cause: signal?.reason }),
    );
  signal?.addEventListener('abort', abort);
  const early: BackgroundEvent[] = [];
  const listen = (event: HostEvent): void => {
    if (event.kind === 'progress') report(onProgress, event.progress);
    else if (classifier === null) early.push(event);
    else classifier.take(event);
  };
  try {
    await connection.watch();
    const told = relay.signals;
    const listener = proxy(listen);
    const opened = await connection.call((host) =>
      host.open({ ...opening, signals: told }, listener),
    );
    classifier = new WorkerClassifier(connection, opened, clock);
    for (const event of early) classifier.take(event);
    if (relay.signals !== told) classifier.setSignals(relay.signals);
    return classifier;
  } catch (thrown) {
    const error = RtfqError.from(thrown);
    connection.end(error);
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

function report(onProgress: ClassifierOptions['onProgress'], progress: LoadProgress): void {
  try {
    onProgress?.(progress);
  } catch (thrown) {
    throwLater(thrown);
  }
}

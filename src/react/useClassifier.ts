import { useCallback, useEffect, useRef, useState } from 'react';
import { type Classifier, type ClassifierOptions, createClassifier, RtfqError } from '../index.ts';

/**
 * As for `createClassifier`. Another `model`, `backend` or `workerUrl` opens another classifier; another `budget`
 * is given to the one that is open. The other options count when one is opened, so they may be new functions at
 * each render.
 */
export type UseClassifierOptions = Omit<ClassifierOptions, 'signal'>;

/** What `useClassifier` returns. */
export interface UsedClassifier {
  readonly status: 'loading' | 'ready' | 'failed';
  /** null unless ready. The hook disposes of it. */
  readonly classifier: Classifier | null;
  /** Why it failed; while ready, why the newest budget was refused. */
  readonly error: RtfqError | null;
  /** Opens another one, after a failure or when the worker has died. */
  reload(): void;
}

/** How the opening of one key's classifier ended. */
interface Outcome {
  readonly key: string;
  readonly classifier: Classifier | null;
  readonly error: RtfqError | null;
}

/**
 * A classifier for as long as the component is mounted: its worker ends with it, also when it is unmounted while the
 * model loads. On a server, and in the first render, it is `loading`.
 */
export function useClassifier(options: UseClassifierOptions): UsedClassifier {
  const { model, backend, workerUrl, budget = {} } = options;
  const [attempt, setAttempt] = useState(0);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const newest = useRef(options);
  useEffect(() => {
    newest.current = options;
  });

  const key = JSON.stringify([attempt, String(model), backend, workerUrl && String(workerUrl)]);
  useEffect(() => open(key, () => newest.current, setOutcome), [key]);

  // What another key has opened is disposed of already.
  const current = outcome?.key === key ? outcome : null;
  const classifier = current?.classifier ?? null;
  const refused = useBudget(classifier, budget);
  const reload = useCallback(() => setAttempt((count) => count + 1), []);
  const status = current === null ? 'loading' : classifier === null ? 'failed' : 'ready';
  return { status, classifier, error: current?.error ?? refused, reload };
}

/** @returns what ends the opening, or the classifier */
function open(
  key: string,
  newestOptions: () => UseClassifierOptions,
  onOutcome: (outcome: Outcome) => void,
): () => void {
  const controller = new AbortController();
  const { signal } = controller;
  let opened: Classifier | null = null;
  const start = async () => {
    // StrictMode mounts, unmounts and mounts again before this: the first mount makes no worker.
    await Promise.resolve();
    if (signal.aborted) return;
    try {
      const classifier = await createClassifier({ ...newestOptions(), signal });
      opened = classifier;
      if (signal.aborted) void classifier.dispose();
      else onOutcome({ key, classifier, error: null });
    } catch (thrown) {
      if (signal.aborted) return;
      onOutcome({ key, classifier: null, error: RtfqError.from(thrown) });
    }
  };
  void start();
  return () => {
    controller.abort();
    void opened?.dispose();
  };
}

/** Whose budget was refused, which one, and why. */
interface Refusal {
  readonly classifier: Classifier;
  readonly key: string;
  readonly refusal: RtfqError;
}

/** Gives the classifier each new budget. @returns why the newest one was refused; null when it was not */
function useBudget(
  classifier: Classifier | null,
  budget: NonNullable<UseClassifierOptions['budget']>,
): RtfqError | null {
  const [answer, setAnswer] = useState<Refusal | null>(null);
  const newest = useRef(budget);
  useEffect(() => {
    newest.current = budget;
  });
  // By value: a budget is usually written where it is used, and so a new object at each render.
  const key = JSON.stringify(budget);
  useEffect(() => {
    if (classifier === null) return;
    let isNewest = true;
    classifier.setBudget(newest.current).catch((thrown) => {
      if (isNewest) setAnswer({ classifier, key, refusal: RtfqError.from(thrown) });
    });
    return () => {
      isNewest = false;
    };
  }, [classifier, key]);
  // Another classifier has not refused what a former one did.
  return answer?.key === key && answer.classifier === classifier ? answer.refusal : null;
}

/**
 * Makes a worker of this one's own script, in which `main.ts` waits to be asked to be a thread: whatever a page's
 * bundler, server and Content-Security-Policy did to have this worker run, does for that one, too.
 */
export function createThread(): Worker {
  return new Worker(location.href, { type: scriptType(), name: 'rtfq thread' });
}

/** Some bundlers make classic scripts of module workers. Only in a classic one may `importScripts` be called. */
function scriptType(): WorkerType {
  try {
    importScripts();
    return 'classic';
  } catch {
    return 'module';
  }
}

declare function importScripts(): void;

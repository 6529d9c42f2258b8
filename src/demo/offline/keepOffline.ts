/** What became of the wish to keep the page. */
export type OfflineState = 'kept' | 'development' | 'unsupported' | 'failed';

/**
 * Keeps the page and these files, so that the next visit needs no network.
 * @param urls absolute
 */
export async function keepOffline(urls: readonly string[]): Promise<OfflineState> {
  // sw.js is written by the build only.
  if (import.meta.env.MODE === 'development') return 'development';
  // Absent outside secure contexts, whatever the type says.
  const container = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  if (container === undefined) return 'unsupported';
  try {
    await container.register(new URL('sw.js', document.baseURI));
    const { active } = await container.ready;
    const { port1, port2 } = new MessageChannel();
    const kept = new Promise<boolean>((resolve) => {
      port1.onmessage = ({ data }) => resolve(data === true);
    });
    active!.postMessage(urls, [port2]);
    return (await kept) ? 'kept' : 'failed';
  } catch {
    // Refused: a private window, a full disk, or an address that browsers do not trust.
    return 'failed';
  }
}

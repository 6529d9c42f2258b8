// Becomes sw.js beside the built page: what the page needs comes from a cache of this version, so that the page
// opens without a network. scripts/offline.mjs puts the two constants in front.
declare const shellFiles: readonly string[];
declare const buildVersion: string;

// What this file uses of the types that only a service worker has.
interface WaitableEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchEvent extends Event {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
interface MessageFromPage extends WaitableEvent {
  readonly data: unknown;
  readonly ports: readonly MessagePort[];
}
interface ServiceWorkerScope {
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  addEventListener(type: 'install' | 'activate', listener: (event: WaitableEvent) => void): void;
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void;
  addEventListener(type: 'message', listener: (event: MessageFromPage) => void): void;
}

const scope = globalThis as unknown as ServiceWorkerScope;
const prefix = `rtfq-demo ${scope.registration.scope} `;
const cacheName = prefix + buildVersion;

scope.addEventListener('install', (event) => event.waitUntil(keepShell()));
scope.addEventListener('activate', (event) => event.waitUntil(takeOver()));

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  const isOurs = request.method === 'GET' && request.url.startsWith(scope.registration.scope);
  if (isOurs) event.respondWith(answer(request));
});

// The page was there before this worker: it says what it has fetched without it.
scope.addEventListener('message', (event) => {
  const urls = event.data as readonly string[];
  const [port] = event.ports;
  event.waitUntil(
    keep(urls).then(
      () => port?.postMessage(true),
      () => port?.postMessage(false),
    ),
  );
});

async function keepShell(): Promise<void> {
  const cache = await caches.open(cacheName);
  await cache.addAll(shellFiles.map((file) => new Request(file, { cache: 'no-cache' })));
}

async function takeOver(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith(prefix) && name !== cacheName) await caches.delete(name);
  }
  await scope.clients.claim();
}

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  // The page's address may have options; the page is the same.
  const kept = await cache.match(request, { ignoreSearch: request.mode === 'navigate' });
  if (kept) return kept;
  const response = await fetch(request);
  // A full disk is no reason to withhold what has come.
  if (response.status === 200) void cache.put(request, response.clone()).catch(() => {});
  return response;
}

/** The browser has most of it in its own cache: it is not fetched again. */
async function keep(urls: readonly string[]): Promise<void> {
  const cache = await caches.open(cacheName);
  for (const url of urls) {
    if (await cache.match(url)) continue;
    await cache.add(new Request(url, { cache: 'force-cache' }));
  }
}

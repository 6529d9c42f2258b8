import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { CacheProblem } from '../../../src/download/fileCache.ts';
import { loadModel } from '../../../src/download/loadModel.ts';
import { modelCache } from '../../../src/download/modelCache.ts';
import { cacheName } from '../../../src/download/pieces.ts';
import type { ModelFiles } from '../../../src/model/writer.ts';
import { FakeCaches } from '../../support/fakeCaches.ts';
import { tinyModelFiles } from '../../support/tinyModel.ts';

const modelUrl = 'https://example.org/tiny/model.json';
let caches: FakeCaches;
let requests: string[];
let problems: CacheProblem[];

beforeEach(async () => {
  caches = new FakeCaches();
  requests = [];
  problems = [];
  vi.stubGlobal('caches', caches);
  serve(await tinyModelFiles());
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** @param damaged how many answers for packs have a flipped bit */
function serve(files: ModelFiles, damaged = 0): void {
  let left = damaged;
  vi.stubGlobal('fetch', async (url: string) => {
    const name = url.slice(url.lastIndexOf('/') + 1);
    requests.push(name);
    const bytes = files.get(name)!.slice();
    if (name.startsWith('weights-') && left-- > 0) bytes[0]! ^= 1;
    return new Response(bytes);
  });
}

/** A visit: opens the model and reads a pack and a table. */
async function visit(options: { cache?: boolean } = {}): Promise<void> {
  const onCacheProblem = (problem: CacheProblem) => problems.push(problem);
  const model = await loadModel(modelUrl, { ...options, onCacheProblem });
  await model.readPack(8);
  await model.readTable(model.manifest.subnets[0]!);
}

const stored = async () => (await modelCache.list()).map(({ file }) => file).sort();

test('at the next visit only model.json is asked for', async () => {
  await visit();
  expect(requests).toEqual(['model.json', 'weights-8.bin', 'table-1-32-8.bin']);
  await expect.poll(stored).toEqual(['table-1-32-8.bin', 'weights-8.bin']);
  await visit();
  expect(requests.slice(3)).toEqual(['model.json']);
  expect(problems).toEqual([]);
});

test('without a cache all is asked for, and nothing kept', async () => {
  await visit({ cache: false });
  await visit({ cache: false });
  expect(requests).toHaveLength(6);
  expect(await stored()).toEqual([]);
});

test('what is damaged in the cache is told, downloaded anew and kept', async () => {
  await visit();
  await expect.poll(stored).toHaveLength(2);
  caches.damage();
  await visit();
  expect(problems).toMatchObject([
    { kind: 'corrupted', file: 'weights-8.bin' },
    { kind: 'corrupted', file: 'table-1-32-8.bin' },
  ]);
  expect(requests.slice(3)).toEqual(['model.json', 'weights-8.bin', 'table-1-32-8.bin']);
  await expect.poll(stored).toHaveLength(2);
  await visit();
  expect(requests.slice(6)).toEqual(['model.json']);
  expect(problems).toHaveLength(2);
});

test('what comes damaged from the network is asked for once more', async () => {
  serve(await tinyModelFiles(), 1);
  await visit();
  expect(requests.filter((name) => name === 'weights-8.bin')).toHaveLength(2);
  expect(problems).toEqual([]);
});

test('what the server has only damaged is refused, and not kept', async () => {
  serve(await tinyModelFiles(), 2);
  await expect(visit()).rejects.toMatchObject({ code: 'MODEL_INTEGRITY' });
  await visit();
  expect(problems).toEqual([]);
});

test('a full storage is told once, and loading goes on', async () => {
  caches.faults.put = new DOMException('no room', 'QuotaExceededError');
  await visit();
  await visit();
  expect(problems).toEqual([
    { kind: 'full', file: expect.any(String), reason: 'no room' },
    { kind: 'full', file: expect.any(String), reason: 'no room' },
  ]);
  expect(requests).toHaveLength(6);
});

for (const where of ['open', 'match', 'put'] as const) {
  test(`a storage that fails to ${where} is told once, and loading goes on`, async () => {
    caches.faults[where] = new DOMException('the operation is insecure', 'SecurityError');
    await visit();
    expect(problems).toEqual([
      { kind: 'unavailable', file: null, reason: 'the operation is insecure' },
    ]);
    expect(requests).toHaveLength(3);
    if (where === 'open') expect(await modelCache.list()).toEqual([]);
  });
}

test('a page that has no storage loads, and lists nothing', async () => {
  vi.stubGlobal('caches', undefined);
  await visit();
  expect(problems).toMatchObject([{ kind: 'unavailable', file: null }]);
  expect(await modelCache.list()).toEqual([]);
  expect(await modelCache.clear()).toEqual([]);
});

test('a storage that never answers does not hold up loading', async () => {
  vi.useFakeTimers();
  caches.faults.isSilent = true;
  const visiting = visit();
  await vi.runAllTimersAsync();
  await visiting;
  expect(problems).toMatchObject([{ kind: 'unavailable', reason: expect.stringMatching(/ms$/) }]);
});

test('files of an older version of the same model are thrown away', async () => {
  await visit();
  await expect.poll(stored).toHaveLength(2);
  const former = await modelCache.list();
  serve(await tinyModelFiles({ seed: 2 }));
  await visit();
  const isFormer = (sha256: string) => former.some((file) => file.sha256 === sha256);
  await expect
    .poll(async () => (await modelCache.list()).map(({ sha256 }) => isFormer(sha256)))
    .toEqual([false, false]);
});

test('the list says what there is; clearing forgets what is chosen, or all', async () => {
  await visit();
  await expect.poll(stored).toHaveLength(2);
  const [pack] = (await modelCache.list()).filter(({ file }) => file === 'weights-8.bin');
  expect(pack).toEqual({
    model: modelUrl,
    file: 'weights-8.bin',
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    sizeBytes: pack!.storedBytes,
    storedBytes: expect.any(Number),
  });
  expect(await modelCache.clear(({ file }) => file === 'weights-8.bin')).toEqual([pack]);
  expect(await stored()).toEqual(['table-1-32-8.bin']);
  await modelCache.clear();
  expect(await stored()).toEqual([]);
});

test('what others put into the cache is left alone', async () => {
  const cache = await caches.open(cacheName);
  await cache.put('https://example.org/theirs', new Response('theirs'));
  await visit();
  await expect.poll(stored).toHaveLength(2);
  await modelCache.clear();
  expect((await cache.keys()).map(({ url }) => url)).toEqual(['https://example.org/theirs']);
});

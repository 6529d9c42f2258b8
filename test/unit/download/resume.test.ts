import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fetchModelFrom } from '../../../src/download/fetchModel.ts';
import { FileCache } from '../../../src/download/fileCache.ts';
import { modelCache } from '../../../src/download/modelCache.ts';
import { pieceBytes } from '../../../src/download/pieces.ts';
import { sha256 } from '../../../src/model/integrity.ts';
import type { ReadProgress } from '../../../src/model/reader.ts';
import { FakeCaches } from '../../support/fakeCaches.ts';
import {
  type FlakyMode,
  fileBytes,
  flakyHandler,
  flakyModelPath,
  flakyReference,
  flakyRoot,
} from '../../support/flakyServer.ts';
import { startLocalServer } from '../../support/localServer.ts';

const handler = flakyHandler();
const server = await startLocalServer((request, response) =>
  handler(request, response, () => response.end()),
);
const origin = `http://127.0.0.1:${server.port}`;
afterAll(() => server.close());
beforeEach(() => vi.stubGlobal('caches', new FakeCaches()));
afterEach(() => vi.unstubAllGlobals());

const reference = await flakyReference();
let visits = 0;

/** A visit of a server: reads its file, with or without a cache, and tells what was asked for. */
class Visit {
  readonly progress: ReadProgress[] = [];
  readonly #name = `visit-${visits++}`;
  readonly #modelUrl: string;

  constructor(mode: FlakyMode) {
    this.#modelUrl = origin + flakyModelPath(mode, this.#name);
  }

  /** @returns the hash of what was read */
  async read(options: { cached?: boolean; abortAt?: number } = {}): Promise<string> {
    const cache = options.cached ? await FileCache.open(this.#modelUrl, () => {}) : null;
    const controller = new AbortController();
    const bytes = await fetchModelFrom(this.#modelUrl, cache)(reference.file, reference, {
      signal: controller.signal,
      onProgress: (progress) => {
        this.progress.push(progress);
        if (progress.loadedBytes >= (options.abortAt ?? Infinity)) controller.abort();
      },
    });
    return sha256(bytes);
  }

  async ranges(): Promise<(string | null)[]> {
    return (await fetch(`${origin}${flakyRoot}/log/${this.#name}`)).json();
  }

  expectSteadyProgress(): void {
    const loaded = this.progress.map(({ loadedBytes }) => loadedBytes);
    expect(loaded).toEqual([...new Set(loaded)].sort((a, b) => a - b));
    expect(loaded.at(-1)).toBe(fileBytes);
  }
}

test('a download that is cut goes on where it stopped', async () => {
  const visit = new Visit('cut');
  expect(await visit.read()).toBe(reference.sha256);
  expect(await visit.ranges()).toEqual([null, 'bytes=300000-', 'bytes=600000-']);
  visit.expectSteadyProgress();
});

test('where the server takes no ranges, what came before is passed over', async () => {
  const visit = new Visit('cutNoRange');
  expect(await visit.read()).toBe(reference.sha256);
  expect(await visit.ranges()).toEqual([null, 'bytes=300000-']);
  visit.expectSteadyProgress();
});

test('a server that gets no further is given up', async () => {
  const visit = new Visit('alwaysCut');
  await expect(visit.read()).rejects.toMatchObject({ code: 'MODEL_FETCH_FAILED' });
  expect(await visit.ranges()).toEqual([null, 'bytes=300000-']);
});

test('a server that announces more than it has does no harm', async () => {
  const visit = new Visit('liar');
  expect(await visit.read()).toBe(reference.sha256);
  expect(await visit.ranges()).toEqual([null]);
});

const kept = 2 * pieceBytes;

for (const [mode, asked] of [
  ['stall', [`bytes=${kept}-`]],
  ['refuseRange', [`bytes=${kept}-`, null]],
  ['wrongRange', [`bytes=${kept}-`, null]],
] as const) {
  test(`a download that was aborted goes on at the next visit (${mode})`, async () => {
    const visit = new Visit(mode);
    await expect(visit.read({ cached: true, abortAt: kept })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    await expect.poll(modelCache.list).toMatchObject([{ storedBytes: kept, sizeBytes: fileBytes }]);
    visit.progress.length = 0;
    expect(await visit.read({ cached: true })).toBe(reference.sha256);
    expect(await visit.ranges()).toEqual([null, ...asked]);
    expect(visit.progress[0]).toMatchObject({ loadedBytes: kept, cachedBytes: kept });
    expect(visit.progress.at(-1)).toMatchObject({ loadedBytes: fileBytes, cachedBytes: kept });
    visit.expectSteadyProgress();
  });
}

test('a server that answers a range with a web page is told as one', async () => {
  const visit = new Visit('page');
  await expect(visit.read({ cached: true, abortAt: kept })).rejects.toThrow();
  await expect.poll(modelCache.list).toMatchObject([{ storedBytes: kept }]);
  await expect(visit.read({ cached: true })).rejects.toMatchObject({
    code: 'MODEL_FETCH_FAILED',
    got: 'content type text/html',
  });
});

test('a file that is kept is asked for no more', async () => {
  const visit = new Visit('good');
  await visit.read({ cached: true });
  await expect.poll(modelCache.list).toMatchObject([{ storedBytes: fileBytes }]);
  visit.progress.length = 0;
  expect(await visit.read({ cached: true })).toBe(reference.sha256);
  expect(await visit.ranges()).toEqual([null]);
  expect(visit.progress).toEqual([
    { file: 'file.bin', loadedBytes: fileBytes, cachedBytes: fileBytes, totalBytes: fileBytes },
  ]);
});

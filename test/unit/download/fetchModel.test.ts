import { afterAll, expect, test } from 'vitest';
import { fetchModelFrom } from '../../../src/download/fetchModel.ts';
import { openModel, type ReadProgress } from '../../../src/model/reader.ts';
import { startLocalServer } from '../../support/localServer.ts';
import {
  type TinyModelVariant,
  tinyModelHandler,
  tinyModelPath,
} from '../../support/tinyModelServer.ts';

const handler = tinyModelHandler();
const server = await startLocalServer((request, response) =>
  handler(request, response, () => response.end()),
);
const origin = `http://127.0.0.1:${server.port}`;
afterAll(() => server.close());

const readerOf = (variant: TinyModelVariant) => fetchModelFrom(origin + tinyModelPath(variant));

test('reads the manifest and, beside it, packs and tables', async () => {
  const model = await openModel(readerOf('good'));
  const progress: ReadProgress[] = [];
  const pack = await model.readPack(4, { onProgress: (p) => progress.push(p) });
  const { file, sizeBytes } = model.manifest.packs.perBits[2]!;
  expect(pack.bytes).toHaveLength(sizeBytes);
  expect(progress.at(-1)).toEqual({
    file,
    loadedBytes: sizeBytes,
    cachedBytes: 0,
    totalBytes: sizeBytes,
  });
  await model.readTable(model.manifest.subnets[0]!);
});

test('counts the bytes of a manifest whose length nobody told', async () => {
  const progress: ReadProgress[] = [];
  const bytes = await readerOf('good')('model.json', null, { onProgress: (p) => progress.push(p) });
  expect(progress.at(-1)).toEqual({
    file: 'model.json',
    loadedBytes: bytes.length,
    cachedBytes: 0,
    totalBytes: null,
  });
});

for (const [variant, got] of [
  ['missing', 'HTTP 404'],
  ['page', 'text/html'],
] as const) {
  test(`a model that is ${variant} fails with what the server said`, async () => {
    await expect(openModel(readerOf(variant))).rejects.toMatchObject({
      code: 'MODEL_FETCH_FAILED',
      got: expect.stringContaining(got),
      message: expect.stringContaining(tinyModelPath(variant)),
    });
  });
}

for (const variant of ['corrupted', 'truncated', 'overlong'] as const) {
  test(`a pack that is ${variant} is refused`, async () => {
    const model = await openModel(readerOf(variant));
    await expect(model.readPack(8)).rejects.toMatchObject({ code: 'MODEL_INTEGRITY' });
  });
}

test('a server that cannot be reached is told with the URL', async () => {
  await expect(openModel(fetchModelFrom('http://127.0.0.1:9/model.json'))).rejects.toMatchObject({
    code: 'MODEL_FETCH_FAILED',
    message: expect.stringContaining('http://127.0.0.1:9/model.json'),
  });
});

test('a signal stops a download in the middle', async () => {
  const controller = new AbortController();
  const model = await openModel(readerOf('stalled'));
  const reading = model.readPack(8, {
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });
  await expect(reading).rejects.toMatchObject({ code: 'ABORTED' });
});

test('a signal that has fired stops a download before it begins', async () => {
  const reading = openModel(readerOf('good'), { signal: AbortSignal.abort() });
  await expect(reading).rejects.toMatchObject({ code: 'ABORTED' });
});

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBackend } from '../../src/backends/open.ts';
import { openModel } from '../../src/model/reader.ts';
import type { Subnet } from '../../src/network/subnet.ts';
import { Session } from '../../src/runtime/session.ts';
import { topClasses } from '../../src/runtime/topClasses.ts';
import { allowCamera, DemoPage, fakeCamera, launchChromium } from '../support/demoPage.ts';
import { type DemoServer, serveDemo } from '../support/demoServer.ts';
import { photoFrame, readLabels, settledLabels, writeClip } from '../support/fakeCamera.ts';
import { sharedDir } from '../support/sharedData.ts';

const modelDir = fileURLToPath(new URL('../../models/office31-a2w-mobilenetv2', import.meta.url));

let server: DemoServer;
let classes: readonly string[];

beforeAll(async () => {
  server = await serveDemo();
  classes = JSON.parse(await readFile(join(modelDir, 'model.json'), 'utf8')).classes;
});

afterAll(() => server?.close());

describe.skipIf(sharedDir === null)('with a camera that shows real photographs', () => {
  const holdMs = 1000;
  /** From a photograph's first frame to its label on the page, with room for a busy machine. */
  const settleMs = 500;

  test('the page shows what the runtime says, mostly the right thing', async () => {
    const photos = await firstPhotos();
    const frames = await Promise.all(photos.map(({ path }, index) => photoFrame(path, index)));
    const folder = await mkdtemp(join(tmpdir(), 'rtfq-camera-'));
    const clip = join(folder, 'photos.mjpeg');
    await writeClip(clip, frames, holdMs);
    const browser = await launchChromium([allowCamera, ...fakeCamera(clip)]);
    try {
      const demo = await DemoPage.open(browser, server.url);
      await demo.label();
      await demo.setTime('Off');
      const subnet = await demo.bestSubnet();
      const readings = await demo.page.evaluate(readLabels, (photos.length + 1) * holdMs);
      const shown = settledLabels(readings, photos.length, settleMs);
      const expected = await classifyInNode(frames, subnet);

      const report = photos.map(
        ({ label }, i) => `${label}: page ${shown[i]}, runtime ${expected[i]}`,
      );
      const agreeing = photos.filter((_, i) => shown[i] === expected[i]).length;
      const right = photos.filter(({ label }, i) => shown[i] === label).length;
      expect(agreeing / photos.length, report.join('\n')).toBeGreaterThanOrEqual(0.9);
      expect(right / photos.length, report.join('\n')).toBeGreaterThanOrEqual(0.6);
      expect(demo.complaints).toEqual([]);
    } finally {
      await browser.close();
      await rm(folder, { recursive: true });
    }
  });
});

interface Photo {
  readonly label: string;
  readonly path: string;
}

/** The first photograph of each class, whatever the model thinks of it; folders are in the classes' order. */
async function firstPhotos(): Promise<Photo[]> {
  const root = join(sharedDir!, 'data/office31/webcam');
  const folders = (await readdir(root)).sort();
  return Promise.all(
    folders.map(async (folder, index) => {
      const [first] = (await readdir(join(root, folder))).sort();
      return { label: classes[index]!, path: join(root, folder, first!) };
    }),
  );
}

/** What the runtime says of the same frames, without a browser. */
async function classifyInNode(frames: readonly Buffer[], subnetText: string): Promise<string[]> {
  const model = await openModel(
    async (file) => new Uint8Array(await readFile(join(modelDir, file))),
  );
  const backend = await openBackend('wasm');
  const session = new Session(model, backend);
  const [percent = 0, resolution = 0, bits = 0] = subnetText.split(', ').map(Number.parseFloat);
  await session.switchTo({ width: percent / 100, resolution, bits: bits as Subnet['bits'] });
  const labels: string[] = [];
  for (const frame of frames) {
    const { data, info } = await sharp(frame)
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const { logits } = await session.run({ data, width: info.width, height: info.height });
    labels.push(topClasses(logits, classes, 1)[0]!.label);
  }
  session.dispose();
  return labels;
}

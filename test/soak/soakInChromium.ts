import { chromium } from 'playwright-core';
import { chromiumFlags, findChromium, softwareWebgpuFlags } from '../../scripts/chromium.mjs';
import { servePage } from '../support/pageServer.ts';
import { Heaps } from './heaps.ts';
import type { SoakOptions, SoakReport } from './soakRun.ts';

// What is compiled counts as heap, and more is for as long as a run takes. WebAssembly is compiled all the same.
const withoutCompilers = '--js-flags=--no-sparkplug --no-maglev --no-turbofan';

/**
 * Runs a soak in a page of its own, so that its heap holds nothing else.
 * @throws an Error where the page complains, as Chromium does of video frames that the garbage collector found open
 */
export async function soakInChromium(
  options: SoakOptions,
  onMeasured: (framesSoFar: number) => void = () => {},
): Promise<SoakReport> {
  const server = await servePage('test/soak/index.html');
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: [...chromiumFlags, ...softwareWebgpuFlags, withoutCompilers],
  });
  const complaints: string[] = [];
  try {
    const page = await browser.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    const heaps = await Heaps.of(page);
    await page.exposeFunction('measureRtfqHeaps', (framesSoFar: number) => {
      onMeasured(framesSoFar);
      return heaps.measure();
    });
    await page.goto(server.url);
    const report = await page.evaluate((o) => globalThis.soakRtfq(o), options);
    if (complaints.length > 0) throw new Error(`the page said: ${complaints.join('; ')}`);
    return report;
  } finally {
    await browser.close();
    await server.close();
  }
}

import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import sharp from 'sharp';
import { expect } from 'vitest';
import { chromiumFlags, findChromium } from '../../scripts/chromium.mjs';
import { shippedManifest } from './shippedModel.ts';

/** Answers the permission dialog with yes. */
export const allowCamera = '--use-fake-ui-for-media-stream';
/** Cameras that show a clip, or, without one, Chromium's own moving test picture. */
export function fakeCamera(clip?: string, devices = 1): string[] {
  return [
    `--use-fake-device-for-media-stream=device-count=${devices}`,
    ...(clip === undefined ? [] : [`--use-file-for-fake-video-capture=${clip}`]),
  ];
}

export function launchChromium(flags: readonly string[]): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: [...chromiumFlags, ...flags] });
}

/** A busy machine is no failure. */
export const patience = { timeout: 20_000 };

/** A picture of one colour, for `setInputFiles`. */
export async function drawnPicture() {
  const buffer = await sharp({
    create: { width: 320, height: 240, channels: 3, background: '#8a9aa8' },
  })
    .png()
    .toBuffer();
  return { name: 'drawn.png', mimeType: 'image/png', buffer };
}

export interface OpenOptions extends BrowserContextOptions {
  /** Called before the page loads. */
  readonly prepare?: (page: Page) => Promise<unknown>;
}

/** The demo, as a visitor reads and handles it. */
export class DemoPage {
  readonly page: Page;
  /** What the browser complained of: errors and warnings of the console, uncaught exceptions. */
  readonly complaints: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text());
    });
  }

  static async open(browser: Browser, url: string, options: OpenOptions = {}): Promise<DemoPage> {
    const { prepare, ...contextOptions } = options;
    const context = await browser.newContext(contextOptions);
    const demo = new DemoPage(await context.newPage());
    // How busy the machine is must not decide what a test sees.
    await demo.page.addInitScript(() => Reflect.deleteProperty(globalThis, 'PressureObserver'));
    await prepare?.(demo.page);
    await demo.page.goto(url);
    return demo;
  }

  text(id: string): Promise<string> {
    return this.page.locator(`#${id}`).innerText();
  }

  /** The label on the picture; waits for one. */
  async label(): Promise<string> {
    const label = this.page.locator('#label:not(:empty)');
    await label.waitFor({ timeout: 20_000 });
    return label.innerText();
  }

  /** The subnet in use, such as `100%, 224 px, 8 bit`. */
  async subnet(): Promise<string> {
    const parts = ['active-width', 'active-resolution', 'active-bits'].map((id) => this.text(id));
    return (await Promise.all(parts)).join(', ');
  }

  /** The most accurate subnet, which comes to run once its weights are there and no budget holds it back. */
  async bestSubnet(): Promise<string> {
    const best = await mostAccurate();
    await expect.poll(() => this.subnet(), { timeout: 20_000 }).toBe(best);
    return best;
  }

  async expectSubnet(pattern: RegExp): Promise<void> {
    await expect.poll(() => this.subnet(), { timeout: 20_000 }).toMatch(pattern);
  }

  /** Chooses one of the segments: `pin('resolution', '160 px')`. */
  async pin(dimension: 'width' | 'resolution' | 'bits', choice: string): Promise<void> {
    await this.page.locator(`#pin-${dimension} label`, { hasText: choice }).click();
  }

  /** Chooses which limit of time there is. */
  async setTime(mode: 'Off' | 'Latency' | 'Frame rate'): Promise<void> {
    await this.page.locator('#time-modes label', { hasText: mode }).click();
  }

  /** Entries of the log, newest first, without their times. */
  log(): Promise<string[]> {
    return this.page.locator('#log li > span').allInnerTexts();
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}

/** Of the shipped model's subnets, as the page writes it. */
async function mostAccurate(): Promise<string> {
  const { subnets } = await shippedManifest();
  const [best] = subnets.toSorted((a, b) => b.accuracy!.top1 - a.accuracy!.top1);
  const { width, resolution, bits } = best!;
  return `${100 * width}%, ${resolution} px, ${bits} bit`;
}

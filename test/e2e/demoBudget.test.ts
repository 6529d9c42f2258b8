import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import {
  allowCamera,
  DemoPage,
  fakeCamera,
  launchChromium,
  patience,
} from '../support/demoPage.ts';
import { type DemoServer, serveDemo } from '../support/demoServer.ts';

let server: DemoServer;
let browser: Browser;
const opened: DemoPage[] = [];

beforeAll(async () => {
  server = await serveDemo();
  browser = await launchChromium([allowCamera, ...fakeCamera()]);
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

afterEach(async () => {
  for (const demo of opened.splice(0)) {
    await demo.close();
    expect(demo.complaints).toEqual([]);
  }
});

/** The demo without a limit of time, on the best subnet: how fast the machine is decides nothing. */
async function openFree(): Promise<DemoPage> {
  const demo = await DemoPage.open(browser, server.url);
  opened.push(demo);
  await demo.label();
  await demo.setTime('Off');
  await demo.bestSubnet();
  return demo;
}

function slide(demo: DemoPage, name: string, position: 'least' | 'most'): Promise<void> {
  const slider = demo.page.getByRole('slider', { name });
  return slider.press(position === 'least' ? 'Home' : 'End');
}

test('a latency that is too short moves the subnet, the page says so, and no limit gives it back', async () => {
  const demo = await openFree();
  const best = await demo.subnet();
  await demo.setTime('Latency');
  await slide(demo, 'at most', 'least');
  expect(await demo.text('latency-limit-value')).toBe('1 ms');
  await expect.poll(() => demo.subnet(), patience).not.toBe(best);
  await expect.poll(() => demo.text('control-status'), patience).toMatch(/No size|here/);
  await expect
    .poll(() => demo.log(), patience)
    .toContainEqual(expect.stringMatching(/^Down to .+: /));
  await demo.setTime('Off');
  await expect.poll(() => demo.subnet(), patience).toBe(best);
  await expect
    .poll(() => demo.log(), patience)
    .toContainEqual(expect.stringMatching(/^Up to .+: /));
});

test('the limit may be a frame rate', async () => {
  const demo = await openFree();
  const best = await demo.subnet();
  await demo.setTime('Frame rate');
  await slide(demo, 'at least', 'most');
  expect(await demo.text('fps-limit-value')).toBe('120 fps');
  await demo.setTime('Off');
  await expect.poll(() => demo.subnet(), patience).toBe(best);
});

test('a least accuracy holds, however short the time', async () => {
  const demo = await openFree();
  await demo.setTime('Latency');
  await slide(demo, 'at most', 'least');
  await slide(demo, 'Accuracy', 'most');
  expect(await demo.text('accuracy-limit-value')).toBe('88% right');
  await expect
    .poll(async () => Number.parseFloat(await demo.text('accuracy')), patience)
    .toBeGreaterThanOrEqual(88);
});

test('under the least memory the 8-bit weights are given up', async () => {
  const demo = await openFree();
  await slide(demo, 'Memory', 'least');
  expect(await demo.text('memory-limit-value')).toBe('3.0 MB');
  await demo.expectSubnet(/[46] bit$/);
});

test('a pretended battery that is nearly empty asks for less', async () => {
  const demo = await openFree();
  const best = await demo.subnet();
  await demo.page.locator('#battery-modes label', { hasText: 'Pretend' }).click();
  await slide(demo, 'level', 'least');
  expect(await demo.text('battery-level-value')).toBe('5%');
  await expect.poll(() => demo.subnet(), patience).not.toBe(best);
  await expect.poll(() => demo.log(), patience).toContainEqual(expect.stringContaining('battery'));
  await demo.page.locator('#battery-modes label', { hasText: 'Ignore' }).click();
  await expect.poll(() => demo.subnet(), patience).toBe(best);
});

test('pinning a dimension changes the subnet, auto gives it back', async () => {
  const demo = await openFree();
  const best = await demo.subnet();
  await demo.pin('resolution', '160');
  await demo.expectSubnet(/, 160 px, /);
  await demo.pin('bits', '4');
  await demo.expectSubnet(/, 160 px, 4 bit$/);
  await demo.pin('bits', 'Auto');
  await demo.pin('resolution', 'Auto');
  await expect.poll(() => demo.subnet(), patience).toBe(best);
});

test('both charts say in words what they show, and the map is a table as well', async () => {
  const demo = await openFree();
  await demo.page.locator('#latency-chart canvas').waitFor();
  await expect
    .poll(() => demo.text('latency-summary'), patience)
    .toMatch(/^Half of the frames within .+ ms, .+; no limit; .+\.$/);
  await expect
    .poll(() => demo.text('map-summary'), patience)
    .toMatch(/^48 sizes, from .+ to .+%; 48/);
  await demo.page.getByText('As a table').click();
  const rows = demo.page.locator('#map-rows tr');
  await expect.poll(() => rows.count(), patience).toBe(48);
  await expect.poll(() => rows.filter({ hasText: 'in use' }).count(), patience).toBe(1);
});

test('a point of the map runs when it is chosen', async () => {
  const demo = await openFree();
  const best = await demo.subnet();
  await expect.poll(() => demo.text('map-summary'), patience).toMatch(/^48 sizes/);
  // The fastest ones lie at the left: whichever is nearest is another one than the best.
  const { x, y, height } = (await demo.page.locator('#map-chart .u-over').boundingBox())!;
  for (let share = 0.95; share > 0 && (await demo.subnet()) === best; share -= 0.1) {
    await demo.page.mouse.click(x + 30, y + height * share);
    await demo.page.waitForTimeout(200);
  }
  await expect.poll(() => demo.subnet(), patience).not.toBe(best);
  const pinned = await demo.page.locator('#pin-resolution input:checked').inputValue();
  await demo.expectSubnet(new RegExp(`, ${pinned} px, `));
});

test('the load button keeps workers busy until it is pressed again', async () => {
  const demo = await openFree();
  const spinning = () =>
    demo.page.workers().filter((worker) => worker.url().includes('spin')).length;
  await demo.page.getByRole('button', { name: 'Load the machine' }).click();
  await expect.poll(spinning, patience).toBeGreaterThanOrEqual(2);
  expect(await demo.log()).toContainEqual(expect.stringMatching(/^Load on: \d+ workers spin$/));
  await demo.page.getByRole('button', { name: 'Stop the load' }).click();
  await expect.poll(spinning, patience).toBe(0);
  expect(await demo.log()).toContain('Load off');
});

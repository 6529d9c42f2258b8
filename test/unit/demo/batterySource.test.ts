import { afterEach, expect, test, vi } from 'vitest';
import { createBatterySource } from '../../../src/demo/batterySource.ts';
import type { BatteryReading } from '../../../src/index.ts';

afterEach(() => vi.unstubAllGlobals());

async function watchWithDevice(charging: boolean, level: number) {
  const battery = Object.assign(new EventTarget(), { charging, level });
  vi.stubGlobal('navigator', { getBattery: async () => battery });
  const source = createBatterySource();
  const heard: (BatteryReading | null)[] = [];
  const end = source.provider((reading) => heard.push(reading));
  await Promise.resolve();
  await Promise.resolve();
  return { source, heard, battery, end };
}

test('tells of the device until a battery is pretended, and again after', async () => {
  const { source, heard } = await watchWithDevice(true, 1);
  expect(heard.at(-1)).toEqual({ charging: true, level: 1 });
  source.simulate(0.2);
  expect(heard.at(-1)).toEqual({ charging: false, level: 0.2 });
  expect(source.reading).toEqual({ charging: false, level: 0.2 });
  source.simulate(null);
  expect(heard.at(-1)).toEqual({ charging: true, level: 1 });
});

test('the device is not heard while a battery is pretended, and its change is known later', async () => {
  const { source, heard, battery } = await watchWithDevice(true, 1);
  source.simulate(0.2);
  const before = heard.length;
  battery.charging = false;
  battery.level = 0.9;
  battery.dispatchEvent(new Event('levelchange'));
  expect(heard).toHaveLength(before);
  source.simulate(null);
  expect(heard.at(-1)).toEqual({ charging: false, level: 0.9 });
});

test('says nothing after its end', async () => {
  const { source, heard, end } = await watchWithDevice(true, 1);
  end();
  const before = heard.length;
  source.simulate(0.1);
  expect(heard).toHaveLength(before);
});

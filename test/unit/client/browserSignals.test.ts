import { afterEach, expect, test, vi } from 'vitest';
import { browserSignals } from '../../../src/client/browserSignals.ts';
import { SignalRelay } from '../../../src/client/signalRelay.ts';

afterEach(() => vi.unstubAllGlobals());

/** An EventTarget that counts who listens. */
class Watched extends EventTarget {
  listeners = 0;
  override addEventListener(...args: Parameters<EventTarget['addEventListener']>): void {
    this.listeners += 1;
    super.addEventListener(...args);
  }
  override removeEventListener(...args: Parameters<EventTarget['removeEventListener']>): void {
    this.listeners -= 1;
    super.removeEventListener(...args);
  }
}

function stubBrowser() {
  const battery = Object.assign(new Watched(), { charging: false, level: 0.7 });
  const connection = Object.assign(new Watched(), { saveData: true });
  const document = Object.assign(new Watched(), { visibilityState: 'visible' });
  const observer = { disconnect: vi.fn(), tell: (_: readonly { state: string }[]) => {} };
  vi.stubGlobal('navigator', { getBattery: async () => battery, connection });
  vi.stubGlobal('document', document);
  vi.stubGlobal(
    'PressureObserver',
    class {
      disconnect = observer.disconnect;
      constructor(tell: typeof observer.tell) {
        observer.tell = tell;
      }
      async observe() {}
    },
  );
  return { battery, connection, document, observer };
}

test('the browser’s signals are read at once, and whenever they change', async () => {
  const { battery, connection, document, observer } = stubBrowser();
  const relay = new SignalRelay(browserSignals, () => {});
  await vi.waitFor(() => expect(relay.signals.battery).not.toBeNull());
  observer.tell([{ state: 'fair' }, { state: 'serious' }]);
  expect(relay.signals).toEqual({
    battery: { charging: false, level: 0.7 },
    pressure: 'serious',
    visible: true,
    saveData: true,
  });
  battery.level = 0.6;
  battery.dispatchEvent(new Event('levelchange'));
  connection.saveData = false;
  connection.dispatchEvent(new Event('change'));
  document.visibilityState = 'hidden';
  document.dispatchEvent(new Event('visibilitychange'));
  observer.tell([{ state: 'molten' }]);
  expect(relay.signals).toEqual({
    battery: { charging: false, level: 0.6 },
    pressure: null,
    visible: false,
    saveData: false,
  });
});

test('nothing listens any more after the end', async () => {
  const { battery, connection, document, observer } = stubBrowser();
  const relay = new SignalRelay(browserSignals, () => {});
  await vi.waitFor(() => expect(battery.listeners).toBe(2));
  relay.stop();
  expect([battery, connection, document].map(({ listeners }) => listeners)).toEqual([0, 0, 0]);
  expect(observer.disconnect).toHaveBeenCalledOnce();
});

test('a battery that answers after the end is not listened to', async () => {
  const { battery } = stubBrowser();
  new SignalRelay({ battery: browserSignals.battery }, () => {}).stop();
  await new Promise((resolve) => setTimeout(resolve));
  expect(battery.listeners).toBe(0);
});

test('what the browser does not have, or refuses, is unknown', async () => {
  const unknown = { battery: null, pressure: null, visible: null, saveData: null };
  vi.stubGlobal('navigator', undefined);
  expect(new SignalRelay(browserSignals, () => {}).signals).toEqual(unknown);
  const refuse = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
  vi.stubGlobal('navigator', { getBattery: refuse });
  vi.stubGlobal(
    'PressureObserver',
    class {
      observe = refuse;
    },
  );
  const relay = new SignalRelay(browserSignals, () => {});
  await new Promise((resolve) => setTimeout(resolve));
  expect(relay.signals).toEqual(unknown);
});

test('a host’s provider that throws leaves its signal unknown, and the mistake shows', async () => {
  const mistakes: unknown[] = [];
  vi.stubGlobal('queueMicrotask', (task: () => void) => {
    try {
      task();
    } catch (thrown) {
      mistakes.push(thrown);
    }
  });
  const visible = () => {
    throw new Error('my mistake');
  };
  const saveData = (report: (value: boolean) => void) => {
    report(true);
    return () => {};
  };
  const relay = new SignalRelay({ visible, saveData }, () => {});
  expect(relay.signals).toMatchObject({ visible: null, saveData: true });
  expect(mistakes).toEqual([new Error('my mistake')]);
});

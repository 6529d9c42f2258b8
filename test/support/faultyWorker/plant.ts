import { seededRandom } from '../random.ts';
import type { WatchedUse, WorkerFaults } from './faults.ts';

const { memoryPages, clockJumpMs, deviceLossAs, watchedAs }: WorkerFaults = JSON.parse(
  (globalThis as { name?: string }).name || '{}',
);
if (memoryPages !== undefined) limitMemory(memoryPages);
if (clockJumpMs !== undefined) shakeClock(clockJumpMs);
if (deviceLossAs !== undefined) loseDevices(deviceLossAs);
if (watchedAs !== undefined) watch(watchedAs);

function limitMemory(maximum: number): void {
  const { Memory } = WebAssembly;
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super({ ...descriptor, maximum });
    }
  };
}

function shakeClock(jumpMs: number): void {
  const random = seededRandom(1);
  const now = performance.now.bind(performance);
  performance.now = () => now() + jumpMs * (2 * random() - 1);
}

function loseDevices(name: string): void {
  const devices = new Set<GPUDevice>();
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (...args) {
    const device = await requestDevice.apply(this, args);
    devices.add(device);
    return device;
  };
  new BroadcastChannel(name).onmessage = ({ currentTarget }) => {
    for (const device of devices) device.destroy();
    (currentTarget as BroadcastChannel).postMessage(devices.size);
    devices.clear();
  };
}

function watch(name: string): void {
  const channel = new BroadcastChannel(name);
  const tell = (kind: WatchedUse['kind'], detail: unknown) =>
    channel.postMessage({ kind, detail: String(detail) } satisfies WatchedUse);
  const scope = globalThis as unknown as Record<string, (...args: unknown[]) => unknown>;
  const { fetch: send } = globalThis;
  globalThis.fetch = (input, init) => {
    tell('network', input instanceof Request ? input.url : input);
    return send(input, init);
  };
  for (const api of ['XMLHttpRequest', 'WebSocket', 'EventSource', 'WebTransport', 'Worker']) {
    replace(scope, api, (url) => tell('network', `${api} ${url}`));
  }
  replace(scope, 'importScripts', (url) => tell('network', `importScripts ${url}`));
  replace(scope, 'eval', (text) => tell('eval', text));
  replace(scope, 'Function', (...texts) => tell('eval', texts.join()));
}

function replace(
  scope: Record<string, (...args: unknown[]) => unknown>,
  name: string,
  tell: (...args: unknown[]) => void,
): void {
  const original = scope[name];
  if (original === undefined) return;
  scope[name] = new Proxy(original, {
    apply(target, self, args) {
      tell(...args);
      return Reflect.apply(target, self, args);
    },
    construct(target, args) {
      tell(...args);
      return Reflect.construct(target, args);
    },
  });
}

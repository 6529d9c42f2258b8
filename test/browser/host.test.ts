import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { unknownSignals } from '../../src/budget/signals.ts';
import { Host } from '../../src/worker/host.ts';
import type {
  FrameResult,
  OpenOptions,
  Settled,
  TransferableFrame,
} from '../../src/worker/protocol.ts';
import { barsFrame } from '../support/testFrames.ts';
import { tinyModelPath } from '../support/tinyModelServer.ts';

afterEach(() => vi.restoreAllMocks());

const options = { topK: 3, intervalMs: 1000, smoothing: null };
const bars = barsFrame(3, 64, 48);

function bitmap(): Promise<ImageBitmap> {
  return createImageBitmap(new ImageData(Uint8ClampedArray.from(bars.data), 64, 48));
}

function videoFrame(): VideoFrame {
  const size = { codedWidth: 64, codedHeight: 48 };
  return new VideoFrame(new Uint8Array(bars.data), { format: 'RGBX', ...size, timestamp: 0 });
}

function resultOf(settled: Settled<FrameResult>): FrameResult {
  if (!settled.ok) throw new Error(settled.error.message);
  return settled.value;
}

function optionsFor(backend: 'wasm' | 'webgpu'): OpenOptions {
  return {
    modelUrl: new URL(tinyModelPath('good'), location.href).href,
    ...{ backend, threads: 'auto', budget: {}, signals: unknownSignals },
    ...{ integrity: null, cache: false },
  };
}

async function openHost(backend: 'wasm' | 'webgpu'): Promise<Host> {
  const host = new Host();
  const opened = await host.open(optionsFor(backend), () => {});
  if (!opened.ok) throw new Error(opened.error.message);
  await host.pin({ width: 1, resolution: 32, bits: 8 });
  return host;
}

it('has one thread on a page that is not cross-origin isolated, and says why', async () => {
  const opened = await new Host().open(optionsFor('wasm'), () => {});
  const reason = 'the page is not cross-origin isolated';
  expect(opened).toMatchObject({ value: { capabilities: { threads: { count: 1, reason } } } });
});

describe.each(['wasm', 'webgpu'] as const)("the worker's host on %s", (backend) => {
  let host: Host;
  beforeAll(async () => {
    host = await openHost(backend);
  });

  it('sees the same in a picture, a video frame and their bytes, and closes what it was given', async () => {
    const expected = resultOf(await host.classify(bars, options)).classes;
    const [picture, frame] = [await bitmap(), videoFrame()];
    for (const given of [picture, frame]) {
      expect(resultOf(await host.classify(given, options)).classes).toEqual(expected);
    }
    expect(picture.width).toBe(0);
    expect(frame.format).toBeNull();
  });

  it('closes a frame that it cannot read', async () => {
    let closes = 0;
    const broken = {
      displayWidth: 64,
      displayHeight: 48,
      visibleRect: { width: 64, height: 48 },
      format: 'I420',
      copyTo: () => Promise.reject(new Error('gone')),
      close: () => {
        closes += 1;
      },
    };
    expect(await host.classify(broken as unknown as TransferableFrame, options)).toMatchObject({
      ok: false,
      error: { code: 'UNSUPPORTED_IMAGE' },
    });
    expect(closes).toBe(1);
  });
});

it('on webgpu, no pixels of a picture are read to the CPU', async () => {
  const read = vi.spyOn(OffscreenCanvasRenderingContext2D.prototype, 'getImageData');
  const onGpu = resultOf(await (await openHost('webgpu')).classify(await bitmap(), options));
  expect(read).not.toHaveBeenCalled();
  const onCpu = resultOf(await (await openHost('wasm')).classify(await bitmap(), options));
  expect(read).toHaveBeenCalledTimes(1);
  expect(onGpu.classes).toEqual(onCpu.classes);
});

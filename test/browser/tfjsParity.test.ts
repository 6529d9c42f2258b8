import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'; // registers tfjs's wasm backend, as a page would
import wasmUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simdWasmUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threadedWasmUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../src/backends/open.ts';
import { openTfjsBackend } from '../../src/backends/tfjs/backend.ts';
import type { RgbaFrame } from '../../src/kernels/resize/contract.ts';
import type { Model } from '../../src/model/reader.ts';
import { formatSubnet } from '../../src/network/subnet.ts';
import { Session } from '../../src/runtime/session.ts';
import { randomFrame } from '../support/parity.ts';
import { openTinyModel } from '../support/tinyModel.ts';
import { openTinyResnet } from '../support/tinyResnet.ts';

beforeAll(() => {
  setWasmPaths({
    'tfjs-backend-wasm.wasm': wasmUrl,
    'tfjs-backend-wasm-simd.wasm': simdWasmUrl,
    'tfjs-backend-wasm-threaded-simd.wasm': threadedWasmUrl,
  });
});

/** The most that a logit of a subnet is off, as a share of the range of its logits. */
async function worstDifference(
  model: Model,
  frame: RgbaFrame,
  session: Session,
): Promise<{ readonly subnet: string; readonly share: number }> {
  const oracle = new Session(model, await openBackend('reference'));
  let worst = { subnet: '', share: 0 };
  for (const subnet of model.manifest.subnets) {
    const { logits: expected } = await oracle.runOnce(subnet, frame);
    const { logits } = await session.runOnce(subnet, frame);
    expect(logits).toHaveLength(expected.length);
    const range = Math.max(...expected) - Math.min(...expected);
    const off = logits.map((logit, i) => Math.abs(logit - expected[i]!));
    const share = off.reduce((most, one) => (one <= most ? most : one), 0) / range; // NaN wins
    if (!(share <= worst.share)) worst = { subnet: formatSubnet(subnet), share };
  }
  oracle.dispose();
  return worst;
}

describe.each(['webgl', 'wasm', 'cpu'] as const)('the float backend, tfjs on %s', (kind) => {
  it.each([
    ['MobileNetV2', () => openTinyModel(), randomFrame(64, 48, 1)],
    ['ResNet', () => openTinyResnet('bottleneck', 'all', 4), randomFrame(70, 61, 4)],
  ] as const)(
    'gives the logits of the reference, on all subnets of a %s',
    async (_, open, frame) => {
      const model = await open();
      const session = new Session(model, await openTfjsBackend(kind));
      expect(session.backend.description).toBe(`floats, tfjs on ${kind}`);
      const { share, subnet } = await worstDifference(model, frame, session);
      expect(share, subnet).toBeLessThan(0.02);
      session.dispose();
    },
  );
});

import { openReferenceBackend } from '../../src/backends/reference/backend.ts';
import { openWasmBackend } from '../../src/backends/wasm/backend.ts';
import type { RgbaFrame } from '../../src/kernels/resize/contract.ts';
import { cropAndResize } from '../../src/kernels/resize/reference.ts';
import type { Model } from '../../src/model/reader.ts';
import type { Subnet } from '../../src/network/subnet.ts';
import { Session } from '../../src/runtime/session.ts';

/** What a peer is given, and what we make of it. */
export interface Comparison {
  readonly images: readonly Uint8Array[];
  readonly logits: readonly Float32Array[];
}

/** @param backend the reference is the oracle; wasm equals it to the bit and is fast enough for whole networks */
export async function compareOn(
  model: Model,
  subnet: Subnet,
  frames: readonly RgbaFrame[],
  backend: 'reference' | 'wasm',
): Promise<Comparison> {
  const opened = backend === 'wasm' ? await openWasmBackend() : openReferenceBackend();
  const session = new Session(model, opened);
  const logits: Float32Array[] = [];
  for (const frame of frames) logits.push((await session.runOnce(subnet, frame)).logits);
  session.dispose();
  const { cropFraction } = model.manifest.input;
  const images = frames.map((frame) => cropAndResize(frame, cropFraction, subnet.resolution));
  return { images, logits };
}

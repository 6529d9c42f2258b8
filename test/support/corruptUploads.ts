import { vi } from 'vitest';
import type { Manifest } from '../../src/model/manifest.ts';
import type { BitWidth } from '../../src/quant/bits.ts';

/** From now on the weights of these bit-widths come to the GPU damaged, as by a faulty driver; until mocks are restored. */
export function corruptUploads({ packs, bits }: Manifest, damaged: readonly BitWidth[]): void {
  const sizes = damaged.map((one) => {
    const { sizeBytes } = packs.perBits[bits.indexOf(one)]!;
    return Math.ceil(sizeBytes / 4) * 4;
  });
  const { writeBuffer } = GPUQueue.prototype;
  vi.spyOn(GPUQueue.prototype, 'writeBuffer').mockImplementation(function corrupting(
    this: GPUQueue,
    buffer,
    offset,
    data,
    from = 0,
    size = data.byteLength,
  ) {
    if (!sizes.includes(size)) {
      writeBuffer.call(this, buffer, offset, data, from, size);
      return;
    }
    const source = ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset + from, size)
      : new Uint8Array(data as ArrayBuffer, from, size);
    writeBuffer.call(
      this,
      buffer,
      offset,
      source.map((byte) => byte ^ 0x55),
    );
  });
}

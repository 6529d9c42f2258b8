import type { Gpu } from './gpu.ts';

const side = 2;
// What a copy to a buffer wants; one row of it is read.
const rowBytes = 256;
/** Red, green, blue and one that is not read. */
const pixel = [201, 102, 53, 255] as const;

/**
 * Whether video frames can be copied to textures, and come out as the pictures that they are: one is tried. Not every
 * browser takes them.
 */
export async function copiesVideo(gpu: Gpu): Promise<boolean> {
  if (typeof VideoFrame === 'undefined') return false;
  const { device } = gpu;
  const frame = plainFrame();
  const texture = device.createTexture({
    size: [side, side],
    format: 'rgba8unorm',
    usage: GPUTextureUsage.COPY_DST | GPUTextureUsage.COPY_SRC | GPUTextureUsage.RENDER_ATTACHMENT,
  });
  const read = device.createBuffer({
    size: rowBytes,
    usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
  });
  try {
    await gpu.checked(() => {
      device.queue.copyExternalImageToTexture({ source: frame }, { texture }, [side, side]);
      const encoder = device.createCommandEncoder();
      encoder.copyTextureToBuffer({ texture }, { buffer: read, bytesPerRow: rowBytes }, [side, 1]);
      device.queue.submit([encoder.finish()]);
    });
    await gpu.orLost(read.mapAsync(GPUMapMode.READ));
    const copied = new Uint8Array(read.getMappedRange());
    return pixel.every((byte, i) => copied[i] === byte);
  } catch {
    return false;
  } finally {
    frame.close();
    texture.destroy();
    read.destroy();
  }
}

function plainFrame(): VideoFrame {
  const pixels = Array.from({ length: side * side }, () => pixel);
  return new VideoFrame(Uint8Array.from(pixels.flat()), {
    format: 'RGBX',
    codedWidth: side,
    codedHeight: side,
    timestamp: 0,
  });
}

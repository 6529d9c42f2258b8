import type { Gpu } from './gpu.ts';

const side = 2;
// What a copy to a buffer wants; one row of it is read.
const rowBytes = 256;
/** Of one colour: luma, and both chromas, of a strong red in any of the usual colour spaces. */
const red = { y: 81, u: 90, v: 240 };
const strong = 200;
const weak = 64;

/**
 * Whether video frames can be copied to textures, and come out as the pictures that they are: a red one is tried.
 * Not every browser takes them, and what converts them is the driver's.
 */
export async function copiesVideo(gpu: Gpu): Promise<boolean> {
  if (typeof VideoFrame === 'undefined') return false;
  const { device } = gpu;
  const frame = redFrame();
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
    const [r = 0, g = 0, b = 0] = new Uint8Array(read.getMappedRange());
    return r > strong && g < weak && b < weak;
  } catch {
    return false;
  } finally {
    frame.close();
    texture.destroy();
    read.destroy();
  }
}

function redFrame(): VideoFrame {
  const { y, u, v } = red;
  return new VideoFrame(Uint8Array.of(y, y, y, y, u, v), {
    format: 'I420',
    codedWidth: side,
    codedHeight: side,
    timestamp: 0,
  });
}

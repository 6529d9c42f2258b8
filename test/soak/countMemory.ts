import { heldChannel } from './heldChannel.ts';

/** What a worker holds outside of its JavaScript heap. */
export interface HeldMemory {
  readonly wasmBytes: number;
  readonly gpuBytes: number;
}

const memories: WeakRef<WebAssembly.Memory>[] = [];
const buffers = new Set<GPUBuffer>();

const { Memory } = WebAssembly;
WebAssembly.Memory = class extends Memory {
  constructor(descriptor: WebAssembly.MemoryDescriptor) {
    super(descriptor);
    memories.push(new WeakRef(this));
  }
};

if ('GPUDevice' in globalThis) {
  const { createBuffer } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    const buffer = createBuffer.call(this, descriptor);
    const destroy = buffer.destroy.bind(buffer);
    buffers.add(buffer);
    buffer.destroy = () => {
      buffers.delete(buffer);
      return destroy();
    };
    return buffer;
  };
}

new BroadcastChannel(heldChannel).addEventListener('message', function ({ data }) {
  if (data !== 'held?') return;
  const wasmBytes = memories.reduce((sum, m) => sum + (m.deref()?.buffer.byteLength ?? 0), 0);
  const gpuBytes = [...buffers].reduce((sum, { size }) => sum + size, 0);
  this.postMessage({ wasmBytes, gpuBytes } satisfies HeldMemory);
});

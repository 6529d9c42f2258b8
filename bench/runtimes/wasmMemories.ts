/**
 * Sees every WebAssembly memory that this realm makes from here on.
 * @returns how many bytes they have
 */
export function watchWasmMemories(): () => number {
  const memories = new Set<WebAssembly.Memory>();
  const { Memory, instantiate, instantiateStreaming } = WebAssembly;
  const note = <Result>(result: Result): Result => {
    const { instance = result } = result as { instance?: unknown };
    for (const item of Object.values((instance as WebAssembly.Instance).exports)) {
      if (item instanceof Memory) memories.add(item);
    }
    return result;
  };
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      memories.add(this);
    }
  };
  const noting = (call: (...given: never[]) => Promise<unknown>) => {
    return async (...given: never[]) => note(await call(...given));
  };
  WebAssembly.instantiate = noting(instantiate) as typeof instantiate;
  WebAssembly.instantiateStreaming = noting(instantiateStreaming) as typeof instantiateStreaming;
  return () => [...memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
}

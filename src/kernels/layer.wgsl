// What the kernels of layers share: their arguments, and bytes in words. Written to by layerArgs.ts.

/** Sizes count pixels, words of four channels, and groups of two words. */
struct Layer {
  inHeight: i32,
  inWidth: i32,
  inWords: i32,
  /** Four stored zeros, for positions outside of the input. */
  padWord: u32,
  outHeight: i32,
  outWidth: i32,
  outWords: i32,
  outGroups: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  stride: i32,
  padTop: i32,
  padLeft: i32,
  /** First word of the layer's weights in their pack, and its groups of four inputs at full width. */
  weightsAt: i32,
  inGroups: i32,
  /** Which of the outputs, and the residual, there are. */
  outputs: u32,
  clampMin: f32,
  clampMax: f32,
  inverseStep: f32,
  quantMin: f32,
  quantMax: f32,
  /** What is taken off an integer so that it is stored as a signed byte. */
  storedShift: i32,
}

/** Of four output channels: the epilogue's factors, and what sums start from. */
struct Channels {
  multiplier: vec4<f32>,
  bias: vec4<f32>,
  first: vec4<i32>,
}

@group(0) @binding(0) var<uniform> layer: Layer;
@group(0) @binding(1) var<storage, read_write> input: array<u32>;
@group(0) @binding(2) var<storage, read> weights: array<u32>;
@group(0) @binding(3) var<storage, read> channels: array<Channels>;
@group(0) @binding(4) var<storage, read_write> residual: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> floatOutput: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> integerOutput: array<u32>;

const workgroupThreads = 64u;

/** The thread's number in a grid that may fill two dimensions. */
fn threadIndex(id: vec3<u32>, workgroups: vec3<u32>) -> i32 {
  return i32(id.x + id.y * workgroups.x * workgroupThreads);
}

fn bytesOf(word: u32) -> vec4<i32> {
  return (vec4<i32>(bitcast<i32>(word)) << vec4<u32>(24u, 16u, 8u, 0u)) >> vec4<u32>(24u);
}

fn wordOf(bytes: vec4<i32>) -> u32 {
  let b = vec4<u32>(bytes & vec4<i32>(255)) << vec4<u32>(0u, 8u, 16u, 24u);
  return b.x | b.y | b.z | b.w;
}

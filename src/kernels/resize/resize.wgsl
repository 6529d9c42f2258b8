// One axis of crop and resize: see contract.ts. In f32, and exact: the weights of a pixel add up to 2^14, so no
// sum passes 2^22. `sourcePixel` and what is bound as the source come from the files named frame*.wgsl.

struct Resize {
  outWidth: u32,
  outHeight: u32,
  /** Pixels of a source row; first row of the frame that is needed. */
  sourceWidth: u32,
  firstRow: u32,
  taps: u32,
  /** Numbers a pixel, in a tensor. */
  channels: u32,
}

@group(0) @binding(0) var<uniform> resize: Resize;
@group(0) @binding(1) var<storage, read> first: array<u32>;
@group(0) @binding(2) var<storage, read> filterWeights: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<u32>;

const weightSum = 16384.0;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let x = id.x;
  let y = id.y;
  if (x >= resize.outWidth || y >= resize.outHeight) {
    return;
  }
  let along = axisPosition(x, y);
  var sum = vec4<f32>();
  for (var tap = 0u; tap < resize.taps; tap++) {
    sum += filterWeights[along * resize.taps + tap] * sourcePixel(x, y, first[along] + tap);
  }
  let pixel = vec4<u32>(floor((sum + weightSum / 2.0) / weightSum)) << vec4<u32>(0u, 8u, 16u, 24u);
  output[y * resize.outWidth + x] = stored(pixel.x | pixel.y | pixel.z);
}

fn colourOf(word: u32) -> vec4<f32> {
  return vec4<f32>((vec4<u32>(word) >> vec4<u32>(0u, 8u, 16u, 24u)) & vec4<u32>(255u));
}

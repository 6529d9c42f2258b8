// Makes floats of an integer tensor, without what fills up its words: each value times its quantizer's step.

struct Dequantize {
  values: u32,
  channels: u32,
  /** Words of a pixel's channels. */
  words: u32,
  /** What was taken off so that an integer is stored as a signed byte. */
  storedShift: i32,
  step: f32,
}

@group(0) @binding(0) var<uniform> dequantize: Dequantize;
@group(0) @binding(1) var<storage, read> input: array<u32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let at = id.x;
  if (at >= dequantize.values) {
    return;
  }
  let channel = at % dequantize.channels;
  let word = input[at / dequantize.channels * dequantize.words + channel / 4u];
  let byte = bitcast<i32>(word << (24u - 8u * (channel % 4u))) >> 24u;
  output[at] = f32(byte + dequantize.storedShift) * dequantize.step;
}

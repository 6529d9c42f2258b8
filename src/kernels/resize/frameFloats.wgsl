// Rows, from a tensor of floats of 0 to 1, 3 or 4 a pixel. The product is rounded to f32, where the CPU's is not:
// what lies within 2^-16 of the middle between two bytes may become the other one.
@group(0) @binding(4) var<storage, read> source: array<f32>;

fn axisPosition(x: u32, y: u32) -> u32 {
  return x;
}

fn sourcePixel(x: u32, y: u32, at: u32) -> vec4<f32> {
  let first = ((y + resize.firstRow) * resize.sourceWidth + at) * resize.channels;
  let pixel = 255.0 * vec3<f32>(source[first], source[first + 1u], source[first + 2u]);
  return vec4<f32>(round(clamp(pixel, vec3<f32>(0.0), vec3<f32>(255.0))), 0.0);
}

fn stored(pixel: u32) -> u32 {
  return pixel;
}

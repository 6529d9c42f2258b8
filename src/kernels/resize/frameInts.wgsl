// Rows, from a tensor of whole numbers, 3 or 4 a pixel.
@group(0) @binding(4) var<storage, read> source: array<i32>;

fn axisPosition(x: u32, y: u32) -> u32 {
  return x;
}

fn sourcePixel(x: u32, y: u32, at: u32) -> vec4<f32> {
  let first = ((y + resize.firstRow) * resize.sourceWidth + at) * resize.channels;
  let pixel = vec3<i32>(source[first], source[first + 1u], source[first + 2u]);
  return vec4<f32>(vec3<f32>(clamp(pixel, vec3<i32>(0), vec3<i32>(255))), 0.0);
}

fn stored(pixel: u32) -> u32 {
  return pixel;
}

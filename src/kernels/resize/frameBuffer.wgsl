// Rows, from RGBA bytes.
@group(0) @binding(4) var<storage, read> source: array<u32>;

fn axisPosition(x: u32, y: u32) -> u32 {
  return x;
}

fn sourcePixel(x: u32, y: u32, at: u32) -> vec4<f32> {
  return colourOf(source[y * resize.sourceWidth + at]);
}

fn stored(pixel: u32) -> u32 {
  return pixel;
}

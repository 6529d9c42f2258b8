// Columns, from resized rows; the image is stored as signed bytes.
@group(0) @binding(4) var<storage, read> source: array<u32>;

fn axisPosition(x: u32, y: u32) -> u32 {
  return y;
}

fn sourcePixel(x: u32, y: u32, at: u32) -> vec4<f32> {
  return colourOf(source[at * resize.sourceWidth + x]);
}

fn stored(pixel: u32) -> u32 {
  return pixel ^ 0x80808080u;
}

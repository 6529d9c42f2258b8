// Rows, from a texture of 8 bits a channel.
@group(0) @binding(4) var source: texture_2d<f32>;

fn axisPosition(x: u32, y: u32) -> u32 {
  return x;
}

fn sourcePixel(x: u32, y: u32, at: u32) -> vec4<f32> {
  return round(255.0 * textureLoad(source, vec2<u32>(at, y + resize.firstRow), 0));
}

fn stored(pixel: u32) -> u32 {
  return pixel;
}

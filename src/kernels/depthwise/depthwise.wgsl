// Depthwise convolution: see contract.ts. A thread computes four channels of four positions of a row, and takes
// each weight once for them. In f32: a row of the kernel stays far below 2^24.

const tilePositions = 4;
const cellPlaces = 8;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let thread = threadIndex(id, workgroups);
  let word = thread % layer.outWords;
  let tile = thread / layer.outWords;
  let rowTiles = (layer.outWidth + tilePositions - 1) / tilePositions;
  let outY = tile / rowTiles;
  if (outY >= layer.outHeight) {
    return;
  }
  let outX = tile % rowTiles * tilePositions;
  let step = layer.stride;
  let cells = layer.weightsAt + word / cellPlaces * layer.kernelHeight * layer.kernelWidth * cellWords;
  var total0 = vec4<i32>();
  var total1 = vec4<i32>();
  var total2 = vec4<i32>();
  var total3 = vec4<i32>();
  for (var ky = 0; ky < layer.kernelHeight; ky++) {
    let y = outY * step + ky - layer.padTop;
    var sum0 = vec4<f32>();
    var sum1 = vec4<f32>();
    var sum2 = vec4<f32>();
    var sum3 = vec4<f32>();
    for (var kx = 0; kx < layer.kernelWidth; kx++) {
      let cell = cells + (ky * layer.kernelWidth + kx) * cellWords;
      let w = vec4<f32>(bytesOf(cellWord(cell, word % cellPlaces)));
      let x = outX * step + kx - layer.padLeft;
      sum0 += w * inputLanes(y, x, word);
      sum1 += w * inputLanes(y, x + step, word);
      sum2 += w * inputLanes(y, x + 2 * step, word);
      sum3 += w * inputLanes(y, x + 3 * step, word);
    }
    total0 += vec4<i32>(sum0);
    total1 += vec4<i32>(sum1);
    total2 += vec4<i32>(sum2);
    total3 += vec4<i32>(sum3);
  }
  let position = outY * layer.outWidth + outX;
  let positions = layer.outWidth - outX;
  finish(position, word, total0);
  if (positions > 1) {
    finish(position + 1, word, total1);
  }
  if (positions > 2) {
    finish(position + 2, word, total2);
  }
  if (positions > 3) {
    finish(position + 3, word, total3);
  }
}

fn inputLanes(y: i32, x: i32, word: i32) -> vec4<f32> {
  if (y < 0 || y >= layer.inHeight || x < 0 || x >= layer.inWidth) {
    return vec4<f32>(bytesOf(layer.padWord));
  }
  return vec4<f32>(bytesOf(input[(y * layer.inWidth + x) * layer.inWords + word]));
}

// Dense convolution and fully connected layers: see contract.ts. A thread computes eight output channels, one
// cell's worth, of four positions; neighbouring threads have neighbouring channels, so they write next to each
// other and read the same input.

const tilePositions = 4;
// 4 * 128 * 128 * 256 = 2^24: what a sum in f32 holds exactly.
const stepsPerSum = 256;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let thread = threadIndex(id, workgroups);
  let group = thread % layer.outGroups;
  let first = thread / layer.outGroups * tilePositions;
  let positions = layer.outHeight * layer.outWidth;
  if (first >= positions) {
    return;
  }
  // Of two words for each position.
  var total0 = array<vec4<i32>, 2>();
  var total1 = array<vec4<i32>, 2>();
  var total2 = array<vec4<i32>, 2>();
  var total3 = array<vec4<i32>, 2>();
  let taps = layer.kernelHeight * layer.kernelWidth;
  for (var tap = 0; tap < taps; tap++) {
    let ky = tap / layer.kernelWidth;
    let kx = tap % layer.kernelWidth;
    let at0 = inputAt(first, ky, kx);
    let at1 = inputAt(first + 1, ky, kx);
    let at2 = inputAt(first + 2, ky, kx);
    let at3 = inputAt(first + 3, ky, kx);
    let cells = layer.weightsAt + (group * taps + tap) * layer.inGroups * cellWords;
    for (var start = 0; start < layer.inWords; start += stepsPerSum) {
      let end = min(start + stepsPerSum, layer.inWords);
      var low0 = Sum();
      var low1 = Sum();
      var low2 = Sum();
      var low3 = Sum();
      var high0 = Sum();
      var high1 = Sum();
      var high2 = Sum();
      var high3 = Sum();
      for (var i = start; i < end; i++) {
        let x0 = lanesOf(inputWord(at0, i));
        let x1 = lanesOf(inputWord(at1, i));
        let x2 = lanesOf(inputWord(at2, i));
        let x3 = lanesOf(inputWord(at3, i));
        let cell = cells + i * cellWords;
        let w0 = lanesOf(cellWord(cell, 0));
        let w1 = lanesOf(cellWord(cell, 1));
        let w2 = lanesOf(cellWord(cell, 2));
        let w3 = lanesOf(cellWord(cell, 3));
        low0 += dotLanes(x0, w0, w1, w2, w3);
        low1 += dotLanes(x1, w0, w1, w2, w3);
        low2 += dotLanes(x2, w0, w1, w2, w3);
        low3 += dotLanes(x3, w0, w1, w2, w3);
        let w4 = lanesOf(cellWord(cell, 4));
        let w5 = lanesOf(cellWord(cell, 5));
        let w6 = lanesOf(cellWord(cell, 6));
        let w7 = lanesOf(cellWord(cell, 7));
        high0 += dotLanes(x0, w4, w5, w6, w7);
        high1 += dotLanes(x1, w4, w5, w6, w7);
        high2 += dotLanes(x2, w4, w5, w6, w7);
        high3 += dotLanes(x3, w4, w5, w6, w7);
      }
      total0[0] += vec4<i32>(low0);
      total0[1] += vec4<i32>(high0);
      total1[0] += vec4<i32>(low1);
      total1[1] += vec4<i32>(high1);
      total2[0] += vec4<i32>(low2);
      total2[1] += vec4<i32>(high2);
      total3[0] += vec4<i32>(low3);
      total3[1] += vec4<i32>(high3);
    }
  }
  finishPair(first, group, total0, positions);
  finishPair(first + 1, group, total1, positions);
  finishPair(first + 2, group, total2, positions);
  finishPair(first + 3, group, total3, positions);
}

/** Where an output position's input pixel under a tap begins; negative outside of the input. */
fn inputAt(position: i32, ky: i32, kx: i32) -> i32 {
  let y = position / layer.outWidth * layer.stride + ky - layer.padTop;
  let x = position % layer.outWidth * layer.stride + kx - layer.padLeft;
  let isInside = y >= 0 && y < layer.inHeight && x >= 0 && x < layer.inWidth;
  return select(-1, (y * layer.inWidth + x) * layer.inWords, isInside);
}

fn inputWord(at: i32, i: i32) -> u32 {
  if (at < 0) {
    return layer.padWord;
  }
  return input[at + i];
}

fn finishPair(position: i32, group: i32, total: array<vec4<i32>, 2>, positions: i32) {
  if (position >= positions) {
    return;
  }
  finish(position, 2 * group, total[0]);
  finish(position, 2 * group + 1, total[1]);
}

// Numeric contract, rules 4, 5 and 10: see contract.ts.

const hasResidual = 1u;
const hasFloatOutput = 2u;
const hasIntegerOutput = 4u;

/** Finishes four channels, `word` and on, of one position. */
fn finish(position: i32, word: i32, sum: vec4<i32>) {
  if (word >= layer.outWords) {
    return;
  }
  let at = position * layer.outWords + word;
  let channel = channels[word];
  var y = channel.multiplier * vec4<f32>(sum + channel.first) + channel.bias;
  if ((layer.outputs & hasResidual) != 0u) {
    y += residual[at];
  }
  y = select(y, vec4<f32>(layer.clampMin), y < vec4<f32>(layer.clampMin));
  y = select(y, vec4<f32>(layer.clampMax), y > vec4<f32>(layer.clampMax));
  if ((layer.outputs & hasFloatOutput) != 0u) {
    floatOutput[at] = y;
  }
  if ((layer.outputs & hasIntegerOutput) != 0u) {
    integerOutput[at] = quantized(y);
  }
}

fn quantized(y: vec4<f32>) -> u32 {
  let inRange = clamp(y * layer.inverseStep, vec4<f32>(layer.quantMin), vec4<f32>(layer.quantMax));
  return wordOf(vec4<i32>(round(inRange)) - layer.storedShift);
}

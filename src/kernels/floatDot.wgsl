// Products of four signed bytes in f32. They are exact as long as a sum stays within 2^24, which kernels see to
// by `stepsPerSum`: so many steps of four products of at most 128 x 128.

alias Lanes = vec4<f32>;
alias Sum = vec4<f32>;

fn lanesOf(word: u32) -> Lanes {
  return Lanes(bytesOf(word));
}

fn dotLanes(x: Lanes, w0: Lanes, w1: Lanes, w2: Lanes, w3: Lanes) -> Sum {
  return Sum(dot(x, w0), dot(x, w1), dot(x, w2), dot(x, w3));
}

// Products of four signed bytes by the GPU's own instruction, where the language has it. The other file of this
// pair, floatDot.wgsl, has the same names.
requires packed_4x8_integer_dot_product;

alias Lanes = u32;
alias Sum = vec4<i32>;

fn lanesOf(word: u32) -> Lanes {
  return word;
}

fn dotLanes(x: Lanes, w0: Lanes, w1: Lanes, w2: Lanes, w3: Lanes) -> Sum {
  return Sum(dot4I8Packed(x, w0), dot4I8Packed(x, w1), dot4I8Packed(x, w2), dot4I8Packed(x, w3));
}

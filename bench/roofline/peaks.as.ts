// What the engine makes of a kernel's innermost instruction when nothing else is in its way: sums that do
// not wait for one another, one operand in registers, the other loaded once for several products so that
// the compiler cannot find two products alike. Loads go through ports of their own. Written out four times,
// or the loop's own instructions would count.

/** Bytes that the loops read, from the first address on. */
const operandBytes: usize = 1024;

/** Multiply-adds: `iterations` * 4 * 10 * 16. */
export function relaxedDot(operands: usize, iterations: i32): i32 {
  const b0 = v128.load(operands), b1 = v128.load(operands, 16), b2 = v128.load(operands, 32);
  // Enough for two instructions a cycle that take five each.
  let c0 = i32x4.splat(0), c1 = c0, c2 = c0, c3 = c0, c4 = c0;
  let c5 = c0, c6 = c0, c7 = c0, c8 = c0, c9 = c0;
  let a = c0, at: usize = 0;
  for (let i = 0; i < iterations; i++) {
    a = v128.load(operands + at);
    c0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b0, a, c0);
    c1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b1, a, c1);
    c2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b2, a, c2);
    c3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b0, a, c3);
    c4 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b1, a, c4);
    c5 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b2, a, c5);
    c6 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b0, a, c6);
    c7 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b1, a, c7);
    c8 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b2, a, c8);
    c9 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b0, a, c9);
    a = v128.load(operands + at, 16);
    c0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b0, a, c0);
    c1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b1, a, c1);
    c2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b2, a, c2);
    c3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b0, a, c3);
    c4 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b1, a, c4);
    c5 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b2, a, c5);
    c6 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b0, a, c6);
    c7 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b1, a, c7);
    c8 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b2, a, c8);
    c9 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b0, a, c9);
    a = v128.load(operands + at, 32);
    c0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b0, a, c0);
    c1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b1, a, c1);
    c2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b2, a, c2);
    c3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b0, a, c3);
    c4 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b1, a, c4);
    c5 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b2, a, c5);
    c6 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b0, a, c6);
    c7 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b1, a, c7);
    c8 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b2, a, c8);
    c9 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b0, a, c9);
    a = v128.load(operands + at, 48);
    c0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b0, a, c0);
    c1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b1, a, c1);
    c2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b2, a, c2);
    c3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b0, a, c3);
    c4 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b1, a, c4);
    c5 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b2, a, c5);
    c6 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b0, a, c6);
    c7 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b1, a, c7);
    c8 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b2, a, c8);
    c9 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b0, a, c9);
    at = (at + 64) & (operandBytes - 64);
  }
  const sum = v128.xor(v128.xor(v128.xor(c0, c1), v128.xor(c2, c3)), v128.xor(c4, c5));
  return i32x4.extract_lane(v128.xor(sum, v128.xor(v128.xor(c6, c7), v128.xor(c8, c9))), 0);
}

/** Multiply-adds: `iterations` * 4 * 6 * 16. */
export function relaxedPairs(operands: usize, iterations: i32): i32 {
  const b0 = v128.load(operands), b1 = v128.load(operands, 16), b2 = v128.load(operands, 32);
  const b3 = v128.load(operands, 48), b4 = v128.load(operands, 64), b5 = v128.load(operands, 80);
  let c0 = i32x4.splat(0), c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0;
  let a = c0, at: usize = 0;
  for (let i = 0; i < iterations; i++) {
    a = v128.load(operands + at);
    c0 = i16x8.add(c0, i16x8.relaxed_dot_i8x16_i7x16_s(b0, a));
    c1 = i16x8.add(c1, i16x8.relaxed_dot_i8x16_i7x16_s(b1, a));
    c2 = i16x8.add(c2, i16x8.relaxed_dot_i8x16_i7x16_s(b2, a));
    c3 = i16x8.add(c3, i16x8.relaxed_dot_i8x16_i7x16_s(b3, a));
    c4 = i16x8.add(c4, i16x8.relaxed_dot_i8x16_i7x16_s(b4, a));
    c5 = i16x8.add(c5, i16x8.relaxed_dot_i8x16_i7x16_s(b5, a));
    a = v128.load(operands + at, 16);
    c0 = i16x8.add(c0, i16x8.relaxed_dot_i8x16_i7x16_s(b0, a));
    c1 = i16x8.add(c1, i16x8.relaxed_dot_i8x16_i7x16_s(b1, a));
    c2 = i16x8.add(c2, i16x8.relaxed_dot_i8x16_i7x16_s(b2, a));
    c3 = i16x8.add(c3, i16x8.relaxed_dot_i8x16_i7x16_s(b3, a));
    c4 = i16x8.add(c4, i16x8.relaxed_dot_i8x16_i7x16_s(b4, a));
    c5 = i16x8.add(c5, i16x8.relaxed_dot_i8x16_i7x16_s(b5, a));
    a = v128.load(operands + at, 32);
    c0 = i16x8.add(c0, i16x8.relaxed_dot_i8x16_i7x16_s(b0, a));
    c1 = i16x8.add(c1, i16x8.relaxed_dot_i8x16_i7x16_s(b1, a));
    c2 = i16x8.add(c2, i16x8.relaxed_dot_i8x16_i7x16_s(b2, a));
    c3 = i16x8.add(c3, i16x8.relaxed_dot_i8x16_i7x16_s(b3, a));
    c4 = i16x8.add(c4, i16x8.relaxed_dot_i8x16_i7x16_s(b4, a));
    c5 = i16x8.add(c5, i16x8.relaxed_dot_i8x16_i7x16_s(b5, a));
    a = v128.load(operands + at, 48);
    c0 = i16x8.add(c0, i16x8.relaxed_dot_i8x16_i7x16_s(b0, a));
    c1 = i16x8.add(c1, i16x8.relaxed_dot_i8x16_i7x16_s(b1, a));
    c2 = i16x8.add(c2, i16x8.relaxed_dot_i8x16_i7x16_s(b2, a));
    c3 = i16x8.add(c3, i16x8.relaxed_dot_i8x16_i7x16_s(b3, a));
    c4 = i16x8.add(c4, i16x8.relaxed_dot_i8x16_i7x16_s(b4, a));
    c5 = i16x8.add(c5, i16x8.relaxed_dot_i8x16_i7x16_s(b5, a));
    at = (at + 64) & (operandBytes - 64);
  }
  const sum = v128.xor(v128.xor(v128.xor(c0, c1), v128.xor(c2, c3)), v128.xor(c4, c5));
  return i32x4.extract_lane(sum, 0);
}

/** Multiply-adds: `iterations` * 4 * 6 * 8. */
export function wideDot(operands: usize, iterations: i32): i32 {
  const b0 = v128.load(operands), b1 = v128.load(operands, 16), b2 = v128.load(operands, 32);
  const b3 = v128.load(operands, 48), b4 = v128.load(operands, 64), b5 = v128.load(operands, 80);
  let c0 = i32x4.splat(0), c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0;
  let a = c0, at: usize = 0;
  for (let i = 0; i < iterations; i++) {
    a = v128.load(operands + at);
    c0 = i32x4.add(c0, i32x4.dot_i16x8_s(b0, a));
    c1 = i32x4.add(c1, i32x4.dot_i16x8_s(b1, a));
    c2 = i32x4.add(c2, i32x4.dot_i16x8_s(b2, a));
    c3 = i32x4.add(c3, i32x4.dot_i16x8_s(b3, a));
    c4 = i32x4.add(c4, i32x4.dot_i16x8_s(b4, a));
    c5 = i32x4.add(c5, i32x4.dot_i16x8_s(b5, a));
    a = v128.load(operands + at, 16);
    c0 = i32x4.add(c0, i32x4.dot_i16x8_s(b0, a));
    c1 = i32x4.add(c1, i32x4.dot_i16x8_s(b1, a));
    c2 = i32x4.add(c2, i32x4.dot_i16x8_s(b2, a));
    c3 = i32x4.add(c3, i32x4.dot_i16x8_s(b3, a));
    c4 = i32x4.add(c4, i32x4.dot_i16x8_s(b4, a));
    c5 = i32x4.add(c5, i32x4.dot_i16x8_s(b5, a));
    a = v128.load(operands + at, 32);
    c0 = i32x4.add(c0, i32x4.dot_i16x8_s(b0, a));
    c1 = i32x4.add(c1, i32x4.dot_i16x8_s(b1, a));
    c2 = i32x4.add(c2, i32x4.dot_i16x8_s(b2, a));
    c3 = i32x4.add(c3, i32x4.dot_i16x8_s(b3, a));
    c4 = i32x4.add(c4, i32x4.dot_i16x8_s(b4, a));
    c5 = i32x4.add(c5, i32x4.dot_i16x8_s(b5, a));
    a = v128.load(operands + at, 48);
    c0 = i32x4.add(c0, i32x4.dot_i16x8_s(b0, a));
    c1 = i32x4.add(c1, i32x4.dot_i16x8_s(b1, a));
    c2 = i32x4.add(c2, i32x4.dot_i16x8_s(b2, a));
    c3 = i32x4.add(c3, i32x4.dot_i16x8_s(b3, a));
    c4 = i32x4.add(c4, i32x4.dot_i16x8_s(b4, a));
    c5 = i32x4.add(c5, i32x4.dot_i16x8_s(b5, a));
    at = (at + 64) & (operandBytes - 64);
  }
  const sum = v128.xor(v128.xor(v128.xor(c0, c1), v128.xor(c2, c3)), v128.xor(c4, c5));
  return i32x4.extract_lane(sum, 0);
}

/** Reads a multiple of 64 bytes. */
export function readBytes(from: usize, sizeBytes: usize): i32 {
  let c0 = i32x4.splat(0), c1 = c0, c2 = c0, c3 = c0;
  const end = from + sizeBytes;
  for (; from < end; from += 64) {
    c0 = v128.xor(c0, v128.load(from));
    c1 = v128.xor(c1, v128.load(from, 16));
    c2 = v128.xor(c2, v128.load(from, 32));
    c3 = v128.xor(c3, v128.load(from, 48));
  }
  return i32x4.extract_lane(v128.xor(v128.xor(c0, c1), v128.xor(c2, c3)), 0);
}

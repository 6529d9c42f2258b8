// The largest input under the kernel, of four channels a thread; padding never wins: see contract.ts.

const leastByte = -128;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let thread = threadIndex(id, workgroups);
  let word = thread % layer.outWords;
  let position = thread / layer.outWords;
  if (position >= layer.outHeight * layer.outWidth) {
    return;
  }
  let top = position / layer.outWidth * layer.stride - layer.padTop;
  let left = position % layer.outWidth * layer.stride - layer.padLeft;
  var largest = vec4<i32>(leastByte);
  for (var y = max(top, 0); y < min(top + layer.kernelHeight, layer.inHeight); y++) {
    for (var x = max(left, 0); x < min(left + layer.kernelWidth, layer.inWidth); x++) {
      largest = max(largest, bytesOf(input[(y * layer.inWidth + x) * layer.inWords + word]));
    }
  }
  finish(position, word, largest);
}

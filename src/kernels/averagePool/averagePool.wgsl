// The sum over all positions of four channels a thread: see contract.ts.

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let word = threadIndex(id, workgroups);
  if (word >= layer.outWords) {
    return;
  }
  var sum = vec4<i32>();
  for (var position = 0; position < layer.inHeight * layer.inWidth; position++) {
    sum += bytesOf(input[position * layer.inWords + word]);
  }
  finish(0, word, sum);
}

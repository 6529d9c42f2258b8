// Quantizes an f32 tensor once more: numeric contract, rule 5. The tensor is bound as the residual.

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let at = threadIndex(id, workgroups);
  if (at < layer.outHeight * layer.outWidth * layer.outWords) {
    integerOutput[at] = quantized(residual[at]);
  }
}

import { type Tensor1D, tensor1d } from '@tensorflow/tfjs-core';
import type { RgbaFrame } from '../../kernels/resize/contract.ts';
import { featuresOf } from '../../network/plan.ts';
import type { OutputName, Program } from '../backend.ts';

/** Runs a program whose results are on the CPU, and makes a tensor of one. */
export async function tensorOf(
  program: Program,
  frame: RgbaFrame,
  output: OutputName,
): Promise<Tensor1D> {
  if (output === 'logits') return tensor1d(await program.run(frame));
  const { id, step } = featuresOf(program.plan);
  let features = new Float32Array();
  await program.run(frame, (tensor, values) => {
    if (tensor === id) features = Float32Array.from(values, (value) => value * step);
  });
  return tensor1d(features);
}

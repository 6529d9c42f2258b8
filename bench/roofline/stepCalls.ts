import { openWasmBackend, type WasmOptions } from '../../src/backends/wasm/backend.ts';
import type { KernelExports } from '../../src/backends/wasm/engine.ts';
import type { Model } from '../../src/model/reader.ts';
import { buildPlan, outputsOf } from '../../src/network/plan.ts';
import { findSubnet, type Subnet } from '../../src/network/subnet.ts';
import { randomFrame } from '../../test/support/parity.ts';
import { type DescribedStep, describeResize, describeStep } from './describeStep.ts';

/** A step, with the calls of its kernels to be made again: they find their arguments where the program left them. */
export interface StepCalls extends DescribedStep {
  /** The kernels' names as the wasm module exports them. */
  readonly kernels: readonly string[];
  run(): void;
}

export interface SteppedProgram {
  readonly backend: string;
  readonly steps: readonly StepCalls[];
  runFrame(): unknown;
}

interface KernelCall {
  readonly kernel: string;
  again(): void;
}

/** Compiles a subnet, and runs a frame to see which step calls which kernels. */
export async function openStepCalls(
  model: Model,
  wanted: Subnet,
  options: WasmOptions,
): Promise<SteppedProgram> {
  const { manifest } = model;
  const subnet = findSubnet(manifest.subnets, wanted);
  const plan = buildPlan(manifest, subnet, await model.readTable(subnet));
  let record: ((call: KernelCall) => void) | null = null;
  const backend = await openWasmBackend({
    ...options,
    interceptKernels: (kernels) => intercept(kernels, (call) => record?.(call)),
  });
  for (const id of ['shared', subnet.bits] as const) {
    backend.loadPack(manifest, await model.readPack(id));
  }
  const program = await backend.compile(plan);
  // Its crop has as many pixels as the network reads, as in the comparison with peers, which scale nothing.
  const side = Math.round(subnet.resolution / manifest.input.cropFraction);
  const frame = randomFrame(side, side, 1);
  const steps: StepCalls[] = [];
  let calls: KernelCall[] = [];
  record = (call) => calls.push(call);
  await program.run(frame, (tensor) => {
    // The first tensor that a step has written; of a second one it has nothing more to say.
    if (calls.length === 0) return;
    const step = plan.steps.find((each) => outputsOf(each).includes(tensor));
    const described = step === undefined ? describeResize(plan) : describeStep(plan, step);
    steps.push(stepOf(described, calls));
    calls = [];
  });
  record = null;
  return { backend: backend.description, steps, runFrame: () => program.run(frame) };
}

function stepOf(described: DescribedStep, calls: readonly KernelCall[]): StepCalls {
  return {
    ...described,
    kernels: calls.map(({ kernel }) => kernel),
    run: () => {
      for (const call of calls) call.again();
    },
  };
}

function intercept(kernels: KernelExports, see: (call: KernelCall) => void): KernelExports {
  type Kernel = (...args: readonly number[]) => unknown;
  const entries = Object.entries(kernels as Readonly<Record<string, Kernel>>);
  const intercepted = entries.map(([kernel, call]) => {
    const seen = (...args: readonly number[]) => {
      see({ kernel, again: () => call(...args) });
      return call(...args);
    };
    return [kernel, seen];
  });
  return Object.fromEntries(intercepted);
}

import type { Manifest } from '../model/manifest.ts';
import type { Model, ReadOptions } from '../model/reader.ts';
import { integerWeights } from '../model/subnetWeights.ts';
import { buildPlan, type LayerStep } from '../network/plan.ts';
import { findSubnet, formatSubnet, type Subnet } from '../network/subnet.ts';
import { lowerPlan } from './lowerPlan.ts';
import { encodeExactOnnx } from './onnx/encodeExactOnnx.ts';
import { encodeOnnx } from './onnx/encodeOnnx.ts';
import { encodeTflite } from './tflite/encodeTflite.ts';

/** `onnxExact` computes what we compute, to the bit; the others are what runtimes are fast with. */
type ExportFormat = 'onnx' | 'onnxExact' | 'tflite';

/**
 * One subnet as a file that other runtimes run in integers, with the same weights. docs/export.md says what
 * goes in, what comes out and in what it differs from ours.
 * @throws RtfqError `UNKNOWN_SUBNET` | `INVALID_ARGUMENT` where a layer cannot be expressed | `MODEL_*` | `ABORTED`
 */
export async function exportSubnet(
  model: Model,
  wanted: Subnet,
  format: ExportFormat,
  options: ReadOptions = {},
): Promise<Uint8Array> {
  const { manifest } = model;
  const subnet = findSubnet(manifest.subnets, wanted);
  const [table, ...packs] = await Promise.all([
    model.readTable(subnet, options),
    model.readPack('shared', options),
    model.readPack(subnet.bits, options),
  ]);
  const plan = buildPlan(manifest, subnet, table);
  const weightsOf = ({ layer }: LayerStep) => integerWeights(manifest, subnet, packs, layer);
  const description = describe(manifest, subnet);
  switch (format) {
    case 'onnx':
      return encodeOnnx(lowerPlan(plan, weightsOf, description));
    case 'onnxExact':
      return encodeExactOnnx(plan, weightsOf, description);
    case 'tflite':
      return encodeTflite(lowerPlan(plan, weightsOf, description));
    default:
      return format satisfies never;
  }
}

function describe({ name, input }: Manifest, subnet: Subnet): string {
  const percent = 100 * input.cropFraction;
  return [
    `${name}, subnet ${formatSubnet(subnet)} (width, resolution, bits), exported by rtfq.`,
    `Input: bytes, red green blue; the centre square of ${percent} % of a picture's short side,`,
    `resized to ${subnet.resolution} x ${subnet.resolution}. Output: logits.`,
  ].join(' ');
}

import { exportSubnet } from '../../src/export/exportSubnet.ts';
import type { RgbaFrame } from '../../src/kernels/resize/contract.ts';
import { cropAndResize } from '../../src/kernels/resize/reference.ts';
import type { Model } from '../../src/model/reader.ts';
import type { ModelFiles } from '../../src/model/writer.ts';
import { randomFrame } from '../../test/support/parity.ts';
import { encodeFloatOnnx } from '../float/encodeFloatOnnx.ts';
import { encodeFloatTflite } from '../float/encodeFloatTflite.ts';
import { type FloatGraph, floatGraph } from '../float/floatGraph.ts';
import type { ContenderSpec } from './contender.ts';

/** One network with one set of weights, as each runtime wants it, and one picture. */
export interface Material {
  readonly resolution: number;
  readonly frame: RgbaFrame;
  /** The frame as a network reads it: side x side x 3 bytes. */
  readonly image: Uint8Array<ArrayBuffer>;
  readonly files: ModelFiles;
  readonly float: FloatGraph;
}

/** Of the material what one contender reads: large networks fit into memory only so often. */
export type ContenderInput = Pick<Material, 'resolution' | 'frame' | 'image'> &
  Partial<Pick<Material, 'files' | 'float'>> & {
    /** Of a peer that reads one. */
    readonly file?: Uint8Array<ArrayBuffer>;
  };

export async function inputOf(
  model: Model,
  material: Material,
  spec: ContenderSpec,
): Promise<ContenderInput> {
  const { files, float, ...picture } = material;
  switch (spec.runtime) {
    case 'rtfq':
      return { ...picture, files };
    case 'tfjs':
      return { ...picture, float };
    case 'litert':
    case 'onnxruntime':
      return { ...picture, file: await peerFile(model, material, spec) };
    default:
      return spec satisfies never;
  }
}

/** @param resolution one of the model's, of which the widest subnet with 8 bits is taken */
export async function prepareMaterial(
  model: Model,
  files: ModelFiles,
  resolution: number,
): Promise<Material> {
  const { cropFraction } = model.manifest.input;
  // Its crop has as many pixels as the network reads, so that peers, which scale nothing, do the same work.
  const side = Math.round(resolution / cropFraction);
  const frame = randomFrame(side, side, 1);
  const image = new Uint8Array(cropAndResize(frame, cropFraction, resolution));
  const float = await floatGraph(model, { width: 1, resolution, bits: 8 });
  return { resolution, frame, image, files, float };
}

async function peerFile(
  model: Model,
  { resolution, float }: Material,
  spec: Extract<ContenderSpec, { precision: string }>,
): Promise<Uint8Array<ArrayBuffer>> {
  const isLiteRt = spec.runtime === 'litert';
  if (spec.precision === 'f32') {
    return new Uint8Array(isLiteRt ? encodeFloatTflite(float) : encodeFloatOnnx(float));
  }
  const subnet = { width: 1, resolution, bits: 8 } as const;
  return new Uint8Array(await exportSubnet(model, subnet, isLiteRt ? 'tflite' : 'onnx'));
}

import { isPooling, type Layer } from '../../src/model/manifest.ts';
import type { Model } from '../../src/model/reader.ts';
import { floatWeights, integerWeights } from '../../src/model/subnetWeights.ts';
import { imageName } from '../../src/model/validate.ts';
import { outputSize } from '../../src/network/geometry.ts';
import { findSubnet, type Subnet } from '../../src/network/subnet.ts';

export interface FloatTensor {
  readonly name: string;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

export interface FloatLayer
  extends Pick<Layer, 'op' | 'kernel' | 'stride' | 'padding' | 'activation'> {
  readonly input: FloatTensor;
  readonly output: FloatTensor;
  /** Added before the activation. */
  readonly residual: FloatTensor | null;
  /** [out][kernel position][in]; without the last for depthwise, empty for pooling. */
  readonly weightsOhwi: Float32Array;
  /** Per output channel; empty for pooling. */
  readonly bias: Float32Array;
}

/** A subnet with its weights, dequantized to f32, batch norm folded: what float runtimes are given. */
export interface FloatGraph {
  readonly image: FloatTensor;
  /** RGB values that stand for zero. */
  readonly zeroPoint: readonly [number, number, number];
  readonly layers: readonly FloatLayer[];
}

/** @throws RtfqError `UNKNOWN_SUBNET` | `MODEL_*` */
export async function floatGraph(model: Model, wanted: Subnet): Promise<FloatGraph> {
  const { manifest } = model;
  const subnet = findSubnet(manifest.subnets, wanted);
  const tables = await model.readTable(subnet);
  const packs = await Promise.all([model.readPack('shared'), model.readPack(subnet.bits)]);
  const widthIndex = manifest.widths.indexOf(subnet.width);
  const side = subnet.resolution;
  const image: FloatTensor = { name: imageName, height: side, width: side, channels: 3 };
  const tensors = new Map([[image.name, image]]);
  const layers = manifest.layers.map((layer, i): FloatLayer => {
    const input = tensors.get(layer.input)!;
    const output = {
      name: layer.name,
      ...outputSize(layer, input),
      channels: layer.outChannels[widthIndex]!,
    };
    tensors.set(output.name, output);
    const residual = layer.residual === undefined ? null : tensors.get(layer.residual)!;
    const { op, kernel, stride, padding, activation } = layer;
    const described = { op, kernel, stride, padding, activation, input, output, residual };
    if (isPooling(layer)) {
      return { ...described, weightsOhwi: new Float32Array(), bias: new Float32Array() };
    }
    const weightsOhwi = floatWeights(integerWeights(manifest, subnet, packs, layer), tables[i]!);
    return { ...described, weightsOhwi, bias: tables[i]!.bias };
  });
  return { image, zeroPoint: manifest.input.zeroPoint, layers };
}

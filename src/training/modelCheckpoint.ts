import { RtfqError } from '../errors.ts';
import { isPooling, type Layer, type Manifest } from '../model/manifest.ts';
import type { Model, ReadOptions } from '../model/reader.ts';
import { floatWeights, integerWeights } from '../model/subnetWeights.ts';
import { imageName } from '../model/validate.ts';
import type { PaddingStyle } from '../network/mobilenetv2.ts';
import { findSubnet, formatSubnet, type Subnet } from '../network/subnet.ts';
import { encodeCheckpoint } from './checkpoint.ts';
import {
  describeNormalisation,
  describePadding,
  type PixelNormalisation,
  tensorflowNormalisation,
  torchvisionNormalisation,
} from './checkpointConventions.ts';
import { type FloatLayer, type FloatNetwork, makeTopology } from './floatNetwork.ts';
import { imageZeroPoint, unfoldImageNormalisation } from './postTraining/foldedImage.ts';

/**
 * A subnet of full width as a float checkpoint with torchvision's key names, to train on from: its packed
 * weights times their steps, batch norm folded in, class names in the metadata. What rounding took away, and
 * what other subnets have for themselves, is not in it.
 * @throws RtfqError `UNKNOWN_SUBNET` | `INVALID_ARGUMENT` where the subnet is narrower than its topology or
 *   its pixels are normalised as no checkpoint's | `MODEL_*` | `ABORTED`
 */
export async function checkpointOfModel(
  model: Model,
  wanted: Subnet,
  options: ReadOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { manifest } = model;
  const subnet = findSubnet(manifest.subnets, wanted);
  if (subnet.width !== 1) {
    throw new RtfqError('INVALID_ARGUMENT', 'a narrow subnet has not all of the network', {
      got: formatSubnet(subnet),
      expected: 'a subnet of width 1',
    });
  }
  const [tables, ...packs] = await Promise.all([
    model.readTable(subnet, options),
    model.readPack('shared', options),
    model.readPack(subnet.bits, options),
  ]);
  const normalisation = normalisationOf(manifest);
  const padding = paddingStyleOf(manifest.layers);
  const topology = makeTopology(manifest.topology, manifest.classes.length, padding);
  const layers = topology.layers.map((layer, i): FloatLayer => {
    const stored = manifest.layers[i]!;
    if (isPooling(stored)) {
      return { layer, weightsOhwi: new Float32Array(), bias: new Float32Array() };
    }
    const weightsOhwi = floatWeights(integerWeights(manifest, subnet, packs, stored), tables[i]!);
    const own = { layer, weightsOhwi, bias: tables[i]!.bias };
    return layer.input === imageName ? unfoldImageNormalisation(own, normalisation) : own;
  });
  const network: FloatNetwork = { topology, layers, normalisation };
  return encodeCheckpoint(network, manifest.classes, {
    ...describeNormalisation(normalisation),
    ...describePadding(padding),
    source: `rtfq model ${manifest.name}, subnet ${formatSubnet(subnet)}`,
  });
}

/** A model keeps of its checkpoint's normalisation only what zero padding stands for. */
function normalisationOf({ input: { zeroPoint } }: Manifest): PixelNormalisation {
  const known = [tensorflowNormalisation, torchvisionNormalisation];
  const zeros = known.map((one) => imageZeroPoint(one).join(', '));
  const found = known[zeros.indexOf(zeroPoint.join(', '))];
  if (found !== undefined) return found;
  throw new RtfqError('INVALID_ARGUMENT', 'the model normalises pixels as no known checkpoint', {
    got: `zero at ${zeroPoint.join(', ')}`,
    expected: `zero at ${zeros.join(' or ')}`,
  });
}

function paddingStyleOf(layers: readonly Layer[]): PaddingStyle {
  return layers.some(({ padding }) => padding[0] < padding[2]) ? 'tensorflow' : 'torch';
}

import * as tf from '@tensorflow/tfjs';
import { RtfqError } from '../../errors.ts';
import { formatSubnet, type Subnet } from '../../network/subnet.ts';
import { batchNormEpsilon } from '../checkpointConventions.ts';
import { type CalibrationImages, chunksOf, pause } from '../postTraining/calibration.ts';
import type { ChannelStatistics, SubnetStatistics } from './batchNorm.ts';
import { imageTensor } from './imageTensor.ts';
import type { Supernet } from './supernet.ts';

/** By `formatSubnet`. */
export type StatisticsBySubnet = ReadonlyMap<string, SubnetStatistics>;

export interface CalibrateOptions {
  readonly subnets: readonly Subnet[];
  /** Unlabelled pictures of the domain that the network is for, at each of the subnets' resolutions. */
  readonly images: CalibrationImages;
  /** Pictures at a time, as many as in training: each layer reads what such a batch's statistics give. */
  readonly batch: number;
  /** Called after each subnet. */
  readonly onSubnet?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Measures the batch-norm statistics of each subnet on its own: mean and variance over all pictures, with
 * each layer reading what the quantized layers before it put out (US-Nets, Yu and Huang, ICCV 2019,
 * section 3.3; on target pictures: AdaBN, Li et al., 2016).
 * @throws RtfqError `INVALID_ARGUMENT` where a resolution has no pictures | `ABORTED`
 */
export async function calibrateSubnets(
  supernet: Supernet,
  { subnets, images, batch, onSubnet, signal }: CalibrateOptions,
): Promise<StatisticsBySubnet> {
  const statistics = new Map<string, SubnetStatistics>();
  for (const [index, subnet] of subnets.entries()) {
    const pictures = images.get(subnet.resolution) ?? [];
    if (pictures.length === 0) {
      throw new RtfqError('INVALID_ARGUMENT', 'no calibration pictures', {
        got: `none at resolution ${subnet.resolution}`,
        expected: 'at least one per resolution',
      });
    }
    const measured = await measureSubnet(supernet, subnet, pictures, batch, signal);
    statistics.set(formatSubnet(subnet), measured);
    onSubnet?.(index + 1, subnets.length);
  }
  return statistics;
}

async function measureSubnet(
  supernet: Supernet,
  subnet: Subnet,
  pictures: readonly Uint8Array[],
  batch: number,
  signal: AbortSignal | undefined,
): Promise<SubnetStatistics> {
  const sums = new Map<string, ChannelSums>();
  for (const chunk of chunksOf(pictures, batch)) {
    await pause(signal);
    const visits = forwardAndVisit(supernet, subnet, chunk);
    for (const { name, mean, inverseDeviation } of visits) {
      const own = sums.get(name) ?? new ChannelSums(mean.size);
      sums.set(name, own);
      own.add(await mean.data<'float32'>(), await inverseDeviation.data<'float32'>(), chunk.length);
      tf.dispose([mean, inverseDeviation]);
    }
  }
  return new Map([...sums].map(([name, own]) => [name, own.statistics()]));
}

interface LayerVisit {
  readonly name: string;
  readonly mean: tf.Tensor1D;
  readonly inverseDeviation: tf.Tensor1D;
}

function forwardAndVisit(
  supernet: Supernet,
  subnet: Subnet,
  pictures: readonly Uint8Array[],
): readonly LayerVisit[] {
  const visits: LayerVisit[] = [];
  tf.tidy(() => {
    supernet.forward(subnet, imageTensor(pictures, subnet.resolution), {
      kind: 'batch',
      visit: ({ name }, mean, inverse) => {
        visits.push({
          name,
          mean: tf.keep(mean.clone()),
          inverseDeviation: tf.keep(inverse.clone()),
        });
      },
    });
  });
  return visits;
}

/** Joins the statistics of batches. */
class ChannelSums {
  readonly #means: Float64Array;
  readonly #squares: Float64Array;
  #pictures = 0;

  constructor(channels: number) {
    this.#means = new Float64Array(channels);
    this.#squares = new Float64Array(channels);
  }

  add(mean: Float32Array, inverseDeviation: Float32Array, pictures: number): void {
    mean.forEach((value, channel) => {
      const variance = Math.max(0, inverseDeviation[channel]! ** -2 - batchNormEpsilon);
      this.#means[channel]! += pictures * value;
      this.#squares[channel]! += pictures * (variance + value * value);
    });
    this.#pictures += pictures;
  }

  statistics(): ChannelStatistics {
    const mean = this.#means.map((sum) => sum / this.#pictures);
    const variance = this.#squares.map((sum, channel) =>
      Math.max(0, sum / this.#pictures - mean[channel]! ** 2),
    );
    return { mean: Float32Array.from(mean), variance: Float32Array.from(variance) };
  }
}

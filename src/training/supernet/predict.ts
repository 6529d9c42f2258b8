import * as tf from '@tensorflow/tfjs';
import { throwIfAborted } from '../../errors.ts';
import type { Subnet } from '../../network/subnet.ts';
import { chunksOf } from '../postTraining/calibration.ts';
import type { SubnetStatistics } from './batchNorm.ts';
import { exportTables } from './exportTables.ts';
import { imageTensor } from './imageTensor.ts';
import type { Supernet } from './supernet.ts';

export interface PredictOptions {
  /** What `calibrateSubnets` measured of the subnet. */
  readonly statistics: SubnetStatistics;
  /** Pictures at a time. */
  readonly batch: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What the fake-quantized subnet makes of pictures, with the statistics that were measured of it: the model
 * that is exported from it must agree.
 * @param pictures side x side x 3 bytes each, of the subnet's resolution
 * @returns logits, one array of [classes] a picture
 */
export async function predictLogits(
  supernet: Supernet,
  subnet: Subnet,
  pictures: readonly Uint8Array[],
  { statistics, batch, signal }: PredictOptions,
): Promise<readonly Float32Array[]> {
  const tables = exportTables(supernet.shape, await supernet.values(), statistics, subnet);
  const logits: Float32Array[] = [];
  for (const chunk of chunksOf(pictures, batch)) {
    throwIfAborted(signal);
    const output = tf.tidy(() => {
      const images = imageTensor(chunk, subnet.resolution);
      return supernet.forward(subnet, images, { kind: 'tables', tables }).logits;
    });
    const values = await output.data<'float32'>();
    const classes = output.shape[1];
    output.dispose();
    for (let i = 0; i < chunk.length; i++) {
      logits.push(values.slice(i * classes, (i + 1) * classes));
    }
  }
  return logits;
}

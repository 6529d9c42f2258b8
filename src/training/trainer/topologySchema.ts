import * as v from 'valibot';
import type { Topology } from '../../network/topology.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(1));
const pixels = v.pipe(v.number(), v.integer(), v.minValue(0));
const pixelValue = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255));

const layerSchema = v.strictObject({
  name: v.string(),
  op: v.picklist(['conv', 'depthwise', 'averagePool', 'maxPool', 'fullyConnected']),
  input: v.string(),
  residual: v.optional(v.string()),
  kernel: v.tuple([count, count]),
  stride: count,
  padding: v.tuple([pixels, pixels, pixels, pixels]),
  activation: v.picklist(['none', 'relu', 'relu6']),
  inChannels: count,
  outChannels: count,
  slicesIn: v.boolean(),
  slicesOut: v.boolean(),
  inputSigned: v.boolean(),
  batchNorm: v.nullable(v.string()),
});

/** A topology as it is kept with a training run. */
export const topologySchema: v.GenericSchema<unknown, Topology> = v.strictObject({
  name: v.string(),
  layers: v.pipe(v.array(layerSchema), v.minLength(1)),
}) as v.GenericSchema<unknown, Topology>;

export const zeroPointSchema = v.tuple([pixelValue, pixelValue, pixelValue]);

import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import wasmUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simdWasmUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import { fromCells, weightLayout } from '../src/model/layout.ts';
import type { Layer } from '../src/model/manifest.ts';
import { locateWeights, type Model, readLayerWeights } from '../src/model/reader.ts';
import type { LayerTable } from '../src/model/table.ts';
import { findSubnet, type Subnet } from '../src/network/subnet.ts';
import { type Contender, gzipBytes } from './contender.ts';

type Activation = 'relu' | 'relu6' | 'linear';
type Run = (inputs: ReadonlyMap<string, tf.Tensor4D>) => tf.Tensor4D;

/**
 * The same network with the same weights, dequantized to float, on one of tfjs's backends: batch norm folded
 * and activation fused, as its converter would do.
 */
export async function openTfjs(
  model: Model,
  subnet: Subnet,
  backend: 'wasm' | 'webgpu' = 'wasm',
): Promise<Contender> {
  const startMs = performance.now();
  setWasmPaths({
    'tfjs-backend-wasm.wasm': wasmUrl,
    'tfjs-backend-wasm-simd.wasm': simdWasmUrl,
    // Demanded, and not used: see below.
    'tfjs-backend-wasm-threaded-simd.wasm': simdWasmUrl,
  });
  // One thread, though the page is cross-origin isolated.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  await tf.setBackend(backend);
  await tf.ready();
  const steps = await buildSteps(model, subnet);
  const side = subnet.resolution;
  const pixels = new Uint8Array(side * side * 3).map((_, i) => (i * 7919) & 255);
  const forward = () =>
    tf.tidy(() => {
      const image = tf.tensor4d(pixels, [1, side, side, 3], 'int32').cast('float32');
      const values = new Map([
        ['image', image.sub(tf.tensor1d([...model.manifest.input.zeroPoint]))],
      ]);
      let last = image;
      for (const { name, run } of steps) {
        last = run(values as Map<string, tf.Tensor4D>);
        values.set(name, last);
      }
      return last;
    });
  const runFrame = async () => {
    const logits = forward();
    // Reading at once is what wasm can do, and webgpu must not.
    const values = await (backend === 'wasm' ? logits.dataSync() : logits.data());
    logits.dispose();
    return values as Float32Array;
  };
  await runFrame();
  const firstMs = performance.now() - startMs;
  return {
    runtime: 'tfjs',
    backend,
    threads: 1,
    precision: 'f32',
    width: subnet.width,
    resolution: side,
    bits: 32,
    firstMs,
    modelBytes: await gzipBytes(steps.flatMap(({ weights }) => weights)),
    runFrame,
  };
}

async function buildSteps(model: Model, subnet: Subnet) {
  const { manifest } = model;
  const entry = findSubnet(manifest.subnets, subnet);
  const tables = await model.readTable(entry);
  const packs = new Map(
    await Promise.all(
      (['shared', subnet.bits] as const).map(async (id) => [id, await model.readPack(id)] as const),
    ),
  );
  return Promise.all(
    manifest.layers.map(async (layer, i) => {
      const table = tables[i]!;
      if (layer.op === 'averagePool') {
        const run: Run = (inputs) => tf.mean(inputs.get(layer.input)!, [1, 2], true);
        return { name: layer.name, run, weights: [] };
      }
      const location = locateWeights(manifest, layer, subnet.bits);
      const cells = readLayerWeights(packs.get(location.pack)!, layer, location);
      const filter = dequantize(layer, cells, table);
      const weights = [await filter.data(), table.bias].map(
        (values) => new Uint8Array(values.slice().buffer as ArrayBuffer),
      );
      return { name: layer.name, run: layerRun(layer, filter, table), weights };
    }),
  );
}

/** y = m * sum(q_w * x / s) + beta: the weights become q_w * m / s, here in tfjs's order. */
function dequantize(layer: Layer, cells: Int8Array, table: LayerTable): tf.Tensor4D {
  const [height, width] = layer.kernel;
  const outChannels = table.multiplier.length;
  const integers = fromCells(cells, weightLayout(layer));
  const terms = integers.length / outChannels;
  const weights = Float32Array.from(integers, (q, i) => {
    return (q * table.multiplier[Math.floor(i / terms)]!) / table.inputStep;
  });
  const depth = layer.op === 'depthwise' ? 1 : layer.inChannels[0]!;
  const ohwi = tf.tensor4d(weights, [outChannels, height, width, depth]);
  return ohwi.transpose(layer.op === 'depthwise' ? [1, 2, 0, 3] : [1, 2, 3, 0]);
}

function layerRun(layer: Layer, filter: tf.Tensor4D, table: LayerTable): Run {
  const bias = tf.tensor1d(table.bias);
  const [top, left, bottom, right] = layer.padding;
  if (layer.residual !== undefined && layer.activation !== 'none') {
    throw new Error(`${layer.name}: an activation after the residual is not fused`);
  }
  const activation: Activation = layer.activation === 'none' ? 'linear' : layer.activation;
  // tfjs-wasm takes 'same' and 'valid' only; 'same' is this padding on even sizes, see mobilenetv2.ts.
  const pad = top + left + bottom + right === 0 ? ('valid' as const) : ('same' as const);
  const convolve = layer.op === 'depthwise' ? tf.fused.depthwiseConv2d : tf.fused.conv2d;
  return (inputs) => {
    const x = inputs.get(layer.input)!;
    const y = convolve({ x, filter, strides: layer.stride, pad, bias, activation });
    return layer.residual === undefined ? y : tf.add(y, inputs.get(layer.residual)!);
  };
}

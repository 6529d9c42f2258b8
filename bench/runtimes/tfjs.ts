import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import wasmUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simdWasmUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import { swapAxes } from '../../src/export/swapAxes.ts';
import { planPadding } from '../../src/export/tflite/padding.ts';
import { paddings } from '../../src/export/tflite/schema.ts';
import type { FloatGraph, FloatLayer } from '../float/floatGraph.ts';
import { type Contender, gzipBytes } from './contender.ts';
import type { Material } from './material.ts';

type Activation = 'relu' | 'relu6' | 'linear';
type Values = Map<string, tf.Tensor4D>;
type Run = (values: Values) => tf.Tensor4D;

/**
 * The network in float on one of tfjs's backends: batch norm folded and activation fused, as its converter
 * would do.
 */
export async function openTfjs(
  { image, float }: Pick<Material, 'image' | 'float'>,
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
  const forward = prepare(float, image);
  const runFrame = async () => {
    const logits = forward();
    // Reading at once is what wasm can do, and webgpu must not.
    const values = await (backend === 'wasm' ? logits.dataSync() : logits.data());
    logits.dispose();
    return values as Float32Array;
  };
  await runFrame();
  const firstMs = performance.now() - startMs;
  const weights = float.layers.flatMap((layer) =>
    [weightsHwio(layer), layer.bias].map(
      (values) => new Uint8Array(values.slice().buffer as ArrayBuffer),
    ),
  );
  return {
    ...{ runtime: 'tfjs', backend, threads: 1, precision: 'f32', bits: 32 },
    firstMs,
    modelBytes: await gzipBytes(weights),
    runFrame,
  };
}

function prepare({ image, zeroPoint, layers }: FloatGraph, pixels: Uint8Array): () => tf.Tensor {
  const steps = layers.map((layer) => ({ name: layer.output.name, run: layerRun(layer) }));
  const shape: [number, number, number, number] = [1, image.height, image.width, 3];
  return () =>
    tf.tidy(() => {
      const bytes = tf.tensor4d(pixels, shape, 'int32').cast('float32');
      const values: Values = new Map([[image.name, bytes.sub(tf.tensor1d([...zeroPoint]))]]);
      for (const { name, run } of steps) values.set(name, run(values));
      return values.get(steps.at(-1)!.name)!;
    });
}

function layerRun(layer: FloatLayer): Run {
  const { op, input, residual, activation, kernel, stride } = layer;
  if (op === 'averagePool') return (values) => tf.mean(values.get(input.name)!, [1, 2], true);
  const { scheme, before } = planPadding(layer);
  const pad = scheme === paddings.same ? 'same' : 'valid';
  // tfjs-wasm knows TensorFlow's two schemes only; what is padded here is never negative but for the image.
  const [top, left, bottom, right] = before ?? [0, 0, 0, 0];
  const read = (values: Values): tf.Tensor4D => {
    const x = values.get(input.name)!;
    return before === null
      ? x
      : tf.pad(x, [
          [0, 0],
          [top, bottom],
          [left, right],
          [0, 0],
        ]);
  };
  if (op === 'maxPool') {
    return (values) => tf.maxPool(read(values), [kernel[0], kernel[1]], stride, pad);
  }
  const filter = filterOf(layer);
  const bias = tf.tensor1d(layer.bias);
  const convolve = op === 'depthwise' ? tf.fused.depthwiseConv2d : tf.fused.conv2d;
  const last: Activation = activation === 'none' ? 'linear' : activation;
  const fused = residual === null ? last : 'linear';
  return (values) => {
    const y = convolve({ x: read(values), filter, strides: stride, pad, bias, activation: fused });
    if (residual === null) return y;
    const sum: tf.Tensor4D = tf.add(y, values.get(residual.name)!);
    return last === 'linear' ? sum : last === 'relu' ? tf.relu(sum) : tf.relu6(sum);
  };
}

function filterOf(layer: FloatLayer): tf.Tensor4D {
  const { op, kernel, input, output } = layer;
  const inOut = op === 'depthwise' ? [output.channels, 1] : [input.channels, output.channels];
  const shape = [...kernel, ...inOut] as [number, number, number, number];
  return tf.tensor4d(weightsHwio(layer), shape);
}

/** tfjs has the output channels last. */
function weightsHwio({ output, weightsOhwi }: FloatLayer): Float32Array {
  return swapAxes(weightsOhwi, 1, output.channels, weightsOhwi.length / output.channels);
}

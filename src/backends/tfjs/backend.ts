import * as tf from '@tensorflow/tfjs';
import { RtfqError } from '../../errors.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { WeightPack } from '../../model/reader.ts';
import type { LayerStep, Plan } from '../../network/plan.ts';
import type { Backend, Program } from '../backend.ts';
import { convShape } from '../convShape.ts';
import { LoadedPacks } from '../loadedPacks.ts';
import { FloatProgram, type TfjsKind } from './program.ts';

const preference: readonly TfjsKind[] = ['webgl', 'wasm', 'cpu'];

/**
 * The network in floats, by tfjs's own operators, for devices that have neither WebGPU nor wasm SIMD. Activations
 * are rounded as in the other backends, sums are not exact: a value here and there is a step off.
 * @param kind the first that works, when absent
 * @throws RtfqError `BACKEND_UNAVAILABLE`
 */
export async function openTfjsBackend(kind?: TfjsKind): Promise<Backend> {
  for (const name of kind === undefined ? preference : [kind]) {
    if (tf.engine().registryFactory[name] === undefined) continue;
    if (await tf.setBackend(name).catch(() => false)) return new TfjsBackend(name);
  }
  throw new RtfqError('BACKEND_UNAVAILABLE', 'tfjs has no backend that works here', {
    got: Object.keys(tf.engine().registryFactory).join(', '),
    expected: kind ?? preference.join(' | '),
  });
}

class TfjsBackend implements Backend {
  readonly name = 'tfjs';
  readonly description: string;
  readonly #kind: TfjsKind;
  readonly #packs = new LoadedPacks();

  constructor(kind: TfjsKind) {
    this.#kind = kind;
    this.description = `floats, tfjs on ${kind}`;
  }

  loadPack(manifest: Manifest, pack: WeightPack): void {
    this.#packs.load(manifest, pack);
  }

  unloadPack(id: WeightPack['id']): void {
    this.#packs.unload(id);
  }

  compile(plan: Plan): Program {
    const weights = plan.steps.map((step) =>
      step.kind === 'layer' && step.weightBits !== null ? this.#foldedWeights(plan, step) : null,
    );
    return new FloatProgram(plan, weights, this.#kind);
  }

  dispose(): void {
    this.#packs.clear();
  }

  /** Integer weights times the layer's multiplier, [height][width][in][out]; depthwise [height][width][channels][1]. */
  #foldedWeights(plan: Plan, step: LayerStep): tf.Tensor4D {
    const { layer, table } = step;
    const { inChannels, outChannels, kernelHeight, kernelWidth } = convShape(plan, step);
    const ohwi = this.#packs.weightsOf(plan, step);
    const isDepthwise = layer.op === 'depthwise';
    const depth = isDepthwise ? 1 : inChannels;
    const perOutput = kernelHeight * kernelWidth * depth;
    const folded = Float32Array.from(
      ohwi,
      (weight, i) => weight * table.multiplier[Math.floor(i / perOutput)]!,
    );
    return tf.tidy(() => {
      const shape: [number, number, number, number] = [
        outChannels,
        kernelHeight,
        kernelWidth,
        depth,
      ];
      const order = isDepthwise ? [1, 2, 0, 3] : [1, 2, 3, 0];
      return tf.transpose(tf.tensor4d(folded, shape), order);
    });
  }
}

import * as tf from '@tensorflow/tfjs';
import { isPooling } from '../model/manifest.ts';
import { imageName } from '../model/validate.ts';
import type { TopologyLayer } from '../network/topology.ts';
import type { FloatNetwork } from './floatNetwork.ts';
import { applyActivation, applyLayer, uploadWeights } from './layerTensors.ts';

interface ResidentLayer {
  readonly layer: TopologyLayer;
  readonly weights: tf.Tensor4D | null;
  readonly bias: tf.Tensor1D | null;
}

interface LayerInputs {
  readonly input: tf.Tensor4D;
  readonly residual: tf.Tensor4D | null;
}

/** What `walk` shows of a layer. The tensors are freed after the visit. */
export interface LayerVisit {
  readonly layer: TopologyLayer;
  /** [n, height, width, channels]: before the residual is added and the activation applied. */
  readonly preActivation: tf.Tensor4D;
  /** The layer's output. */
  readonly output: tf.Tensor4D;
}

/**
 * A float network whose weights are resident on tfjs's current backend: the baseline that quantization
 * is measured against. Images are [n, side, side, 3], values 0 to 255, int32 or float32.
 */
export class FloatProgram {
  readonly #layers: readonly ResidentLayer[];
  readonly #mean: tf.Tensor1D;
  readonly #inverseStd: tf.Tensor1D;

  constructor({ layers, normalisation }: FloatNetwork) {
    this.#layers = layers.map(({ layer, weightsOhwi, bias }) => ({
      layer,
      weights: isPooling(layer) ? null : uploadWeights(layer, weightsOhwi, layer),
      bias: isPooling(layer) ? null : tf.tensor1d(bias),
    }));
    this.#mean = tf.tensor1d([...normalisation.mean]);
    this.#inverseStd = tf.tensor1d(normalisation.std.map((std) => 1 / std));
  }

  /** @returns logits [n, classes] */
  forward(images: tf.Tensor4D): tf.Tensor2D {
    return this.#outputOf(this.#layers.length - 1, images);
  }

  /** What the classifier reads. @returns [n, channels] */
  features(images: tf.Tensor4D): tf.Tensor2D {
    return this.#outputOf(this.#layers.length - 2, images);
  }

  /** Runs the network and shows each layer, in order. Reading a GPU takes time: the next layer waits for a visit. */
  async walk(
    images: tf.Tensor4D,
    visit: (visit: LayerVisit) => void | Promise<void>,
  ): Promise<void> {
    const lastIndex = this.#layers.length - 1;
    for (const shown of this.#evaluate(images, lastIndex, computeApart)) {
      try {
        await visit(shown);
      } finally {
        shown.preActivation.dispose();
        if (shown.layer === this.#layers[lastIndex]!.layer) shown.output.dispose();
      }
    }
  }

  dispose(): void {
    for (const { weights, bias } of this.#layers) {
      weights?.dispose();
      bias?.dispose();
    }
    this.#mean.dispose();
    this.#inverseStd.dispose();
  }

  #outputOf(lastIndex: number, images: tf.Tensor4D): tf.Tensor2D {
    const outputs = [...this.#evaluate(images, lastIndex, computeFused)];
    const { output } = outputs[lastIndex]!;
    const flat = output.reshape<tf.Tensor2D>([images.shape[0], -1]);
    output.dispose();
    return flat;
  }

  /**
   * Evaluates layers up to `lastIndex`, one when it is asked for, and frees each output after its last reader.
   * The last one is the caller's.
   */
  *#evaluate<Computed extends { readonly output: tf.Tensor4D }>(
    images: tf.Tensor4D,
    lastIndex: number,
    compute: (resident: ResidentLayer, inputs: LayerInputs) => Computed,
  ): Generator<Computed, void> {
    const outputs = new Map<string, tf.Tensor4D>([[imageName, this.#normalise(images)]]);
    const lastName = this.#layers[lastIndex]!.layer.name;
    try {
      for (let index = 0; index <= lastIndex; index++) {
        const resident = this.#layers[index]!;
        const { name, input, residual } = resident.layer;
        const computed = compute(resident, {
          input: outputs.get(input)!,
          residual: residual === undefined ? null : outputs.get(residual)!,
        });
        outputs.set(name, computed.output);
        yield computed;
        for (const [produced, output] of outputs) {
          if (produced === lastName || this.#isReadAfter(index, produced)) continue;
          output.dispose();
          outputs.delete(produced);
        }
      }
    } finally {
      // Of a walk that was given up, too.
      outputs.delete(lastName);
      tf.dispose([...outputs.values()]);
    }
  }

  #isReadAfter(index: number, name: string): boolean {
    return this.#layers
      .slice(index + 1)
      .some(({ layer }) => layer.input === name || layer.residual === name);
  }

  #normalise(images: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() => images.toFloat().sub(this.#mean).mul<tf.Tensor4D>(this.#inverseStd));
  }
}

/** A layer with its activation fused in where tfjs can. */
function computeFused(
  { layer, weights, bias }: ResidentLayer,
  { input, residual }: LayerInputs,
): { readonly output: tf.Tensor4D } {
  if (residual === null) {
    return { output: applyLayer(layer, input, weights, bias ?? undefined, layer.activation) };
  }
  const output = tf.tidy(() => {
    const sum = applyLayer(layer, input, weights, bias ?? undefined).add<tf.Tensor4D>(residual);
    return applyActivation(layer.activation, sum);
  });
  return { output };
}

/** A layer with what it is before residual and activation; the two tensors are freed apart. */
function computeApart(
  { layer, weights, bias }: ResidentLayer,
  { input, residual }: LayerInputs,
): LayerVisit {
  const computed = tf.tidy(() => {
    const preActivation = applyLayer(layer, input, weights, bias ?? undefined);
    const sum = residual === null ? preActivation : preActivation.add<tf.Tensor4D>(residual);
    return { preActivation, output: applyActivation(layer.activation, sum).clone() };
  });
  return { layer, ...computed };
}

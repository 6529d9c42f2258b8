import * as tf from '@tensorflow/tfjs';
import type { Subnet } from '../../network/subnet.ts';
import { pause } from '../postTraining/calibration.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { Supernet } from '../supernet/supernet.ts';
import { GradientSum } from './gradients.ts';
import { type ImagesByResolution, type PicturesByResolution, upload } from './images.ts';
import { pseudoLabels, smoothedLabels } from './losses.ts';
import { LossLog, type SubnetLosses } from './lossLog.ts';
import {
  type Domain,
  type LossTerm,
  type LossWeights,
  sourceTerms,
  targetTerms,
  withAdaptation,
  withoutDistillation,
} from './lossTerms.ts';
import { SoftTargetBank } from './softTargets.ts';
import { subnetParameters, type Teacher } from './teacher.ts';

/** A step's pictures, or the share of them that one shard has. */
export interface ShardPictures {
  readonly source: PicturesByResolution;
  /** One class index per source picture. Target pictures have none. */
  readonly sourceLabels: readonly number[];
  readonly target: PicturesByResolution;
  /** The same target pictures as the teacher sees them, where it has a view of its own. */
  readonly targetForTeacher: PicturesByResolution | null;
}

/** What a shard's gradients are computed of. */
export interface ShardModel {
  readonly supernet: Supernet;
  readonly teacher: Teacher;
}

export interface ShardOptions {
  /** What `sampleSubnets` gave. */
  readonly subnets: readonly Subnet[];
  /** What `adaptationFactor` says of the step; 1 when absent. */
  readonly adaptation?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a shard's pictures say of the losses. */
export interface ShardLosses {
  /** In the order in which they were trained, the step's largest first. */
  readonly subnets: readonly SubnetLosses[];
  /** Share of target pictures that the teacher is confident about; null where nobody asked it. */
  readonly confident: number | null;
}

export interface ShardResult extends ShardLosses {
  /** Of all losses of all subnets, by parameter name. */
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

/**
 * One shard of a step of SandwichQ: every subnet's losses on source and on target pictures, one graph at
 * a time, so that memory holds one subnet's activations on one domain. Batch norm sees each domain on its
 * own, and the pictures of this shard only.
 * @throws RtfqError `ABORTED`
 */
export async function computeShard(
  model: ShardModel,
  recipe: Recipe,
  pictures: ShardPictures,
  options: ShardOptions,
): Promise<ShardResult> {
  const shard = new Shard(model, recipe, pictures, options);
  try {
    return await shard.compute();
  } finally {
    shard.dispose();
  }
}

class Shard {
  readonly #model: ShardModel;
  readonly #recipe: Recipe;
  readonly #options: ShardOptions;
  readonly #images: Readonly<Record<Domain, ImagesByResolution>>;
  readonly #sum = new GradientSum();
  readonly #labels: tf.Tensor2D;
  readonly #pseudoLabels: tf.Tensor2D | null;
  readonly #softTargets: SoftTargetBank;
  readonly #losses = new LossLog();

  constructor(model: ShardModel, recipe: Recipe, pictures: ShardPictures, options: ShardOptions) {
    this.#model = model;
    this.#recipe = recipe;
    this.#options = options;
    const { losses } = recipe;
    this.#images = { source: upload(pictures.source), target: upload(pictures.target) };
    this.#softTargets = new SoftTargetBank(losses, options.subnets);
    const classes = model.supernet.shape.topology.layers.at(-1)!.outChannels;
    this.#labels = smoothedLabels(pictures.sourceLabels, classes, losses.labelSmoothing);
    this.#pseudoLabels = isTeacherAsked(recipe, options)
      ? this.#askTeacher(pictures.targetForTeacher)
      : null;
  }

  async compute(): Promise<ShardResult> {
    const { subnets, signal } = this.#options;
    for (const subnet of subnets) {
      for (const domain of ['source', 'target'] as const) {
        await pause(signal);
        this.#train(subnet, domain);
      }
    }
    return {
      gradients: await this.#sum.read(),
      subnets: await this.#losses.read(),
      confident: await this.#confidentShare(),
    };
  }

  dispose(): void {
    const { source, target } = this.#images;
    tf.dispose([...source.values(), ...target.values()]);
    this.#sum.dispose();
    this.#softTargets.dispose();
    this.#losses.dispose();
    this.#labels.dispose();
    this.#pseudoLabels?.dispose();
  }

  #train(subnet: Subnet, domain: Domain): void {
    const { supernet } = this.#model;
    const terms = this.#terms(subnet, domain);
    const isTeacher = this.#softTargets.isWanted(subnet, domain);
    const forward = (): tf.Tensor2D => {
      const images = this.#images[domain].get(subnet.resolution)!;
      const { logits } = supernet.forward(subnet, images);
      if (isTeacher) this.#softTargets.add(subnet, domain, logits);
      return logits;
    };
    if (terms.length === 0) {
      if (isTeacher) tf.tidy(() => void forward());
      return;
    }
    const variables = subnetParameters(supernet, subnet).map(supernet.read);
    const { value, grads } = tf.variableGrads(
      () => this.#loss(subnet, terms, forward()),
      variables,
    );
    value.dispose();
    this.#sum.add(this.#byParameter(subnet, grads));
  }

  #loss(subnet: Subnet, terms: readonly LossTerm[], logits: tf.Tensor2D): tf.Scalar {
    const weighted = terms.map(({ term, weight, of }) => {
      const value = of(logits);
      this.#losses.add(subnet, term, value);
      return value.mul<tf.Scalar>(weight);
    });
    return tf.addN(weighted);
  }

  /** tfjs names gradients after variables, whose names are its own. */
  #byParameter(subnet: Subnet, grads: tf.NamedTensorMap): Record<string, tf.Tensor> {
    const { supernet } = this.#model;
    const named = new Map(
      subnetParameters(supernet, subnet).map((name) => [supernet.read(name).name, name]),
    );
    return Object.fromEntries(
      Object.entries(grads).map(([variable, gradient]) => [named.get(variable)!, gradient]),
    );
  }

  #terms(subnet: Subnet, domain: Domain): readonly LossTerm[] {
    const { losses } = this.#recipe;
    const isLargest = subnet === this.#options.subnets[0];
    const full: LossWeights = isLargest ? withoutDistillation(losses.largest) : losses.others;
    const weights = withAdaptation(full, this.#options.adaptation ?? 1);
    const soft = {
      temperature: losses.distillationTemperature,
      make: () => this.#softTargets.targetsFor(subnet, domain),
    };
    return domain === 'source'
      ? sourceTerms(weights, this.#labels, soft)
      : targetTerms(weights, this.#pseudoLabels, soft);
  }

  #askTeacher(ownView: PicturesByResolution | null): tf.Tensor2D {
    const { teacher } = this.#model;
    const { losses, teacher: settings } = this.#recipe;
    return tf.tidy(() => {
      const images = ownView === null ? this.#images.target : upload(ownView);
      return pseudoLabels(teacher.predict(images.get(teacher.subnet.resolution)!), {
        threshold: losses.pseudoLabelThreshold,
        temperature: settings.temperature,
      });
    });
  }

  async #confidentShare(): Promise<number | null> {
    if (this.#pseudoLabels === null) return null;
    const rows = this.#pseudoLabels.shape[0];
    const total = tf.tidy(() => tf.sum(this.#pseudoLabels!));
    const [confident] = await total.data<'float32'>();
    total.dispose();
    return Math.round(confident!) / rows;
  }
}

/** Whether a step has pseudo-labels. */
export function isTeacherAsked(
  { losses }: Recipe,
  { subnets, adaptation }: Pick<ShardOptions, 'subnets' | 'adaptation'>,
): boolean {
  if (adaptation === 0) return false;
  return losses.largest.pseudoLabels > 0 || (subnets.length > 1 && losses.others.pseudoLabels > 0);
}

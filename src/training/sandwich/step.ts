import * as tf from '@tensorflow/tfjs';
import { RtfqError } from '../../errors.ts';
import type { Subnet } from '../../network/subnet.ts';
import { pause } from '../postTraining/calibration.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { Supernet } from '../supernet/supernet.ts';
import { clipFactor, GradientSum, globalNorm } from './gradients.ts';
import { pseudoLabels, smoothedLabels } from './losses.ts';
import { LossLog, type SubnetLosses } from './lossLog.ts';
import {
  type Domain,
  type LossTerm,
  type SoftTargets,
  sourceTerms,
  targetTerms,
} from './lossTerms.ts';
import type { Optimiser } from './optimiser.ts';
import { SoftTargetBank } from './softTargets.ts';
import { subnetParameters, type Teacher } from './teacher.ts';

/** All that changes while a supernet is trained. */
export interface Trainee {
  readonly supernet: Supernet;
  readonly optimiser: Optimiser;
  readonly teacher: Teacher;
}

/** The same pictures at each resolution: [n, side, side, 3], pixels 0 to 255. */
export type ImagesByResolution = ReadonlyMap<number, tf.Tensor4D>;

export interface StepBatch {
  readonly source: ImagesByResolution;
  /** One class index per source picture. Target pictures have none. */
  readonly sourceLabels: ArrayLike<number>;
  readonly target: ImagesByResolution;
}

export interface StepReport {
  /** In the order in which they were trained, the step's largest first. */
  readonly subnets: readonly SubnetLosses[];
  /** Of all gradients but those of quantization steps, before clipping. */
  readonly gradientNorm: number;
  /** Share of target pictures that the teacher is confident about; null where nobody asked it. */
  readonly confident: number | null;
}

export interface StepOptions {
  /** What `sampleSubnets` gave. */
  readonly subnets: readonly Subnet[];
  readonly rateFactor: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * One step of SandwichQ: every subnet's losses on source and on target pictures, one graph at a time, so
 * that memory holds one subnet's activations on one domain; gradients add up, those that SGD gets are
 * clipped by their global norm, and all are applied once; then the teacher follows. Batch norm sees each domain on its own.
 * @throws RtfqError `ABORTED`, with nothing changed; `INTERNAL` where a gradient is not finite
 */
export async function sandwichStep(
  trainee: Trainee,
  recipe: Recipe,
  batch: StepBatch,
  options: StepOptions,
): Promise<StepReport> {
  const step = new SandwichStep(trainee, recipe, batch, options);
  try {
    return await step.run();
  } finally {
    step.dispose();
  }
}

class SandwichStep {
  readonly #trainee: Trainee;
  readonly #recipe: Recipe;
  readonly #batch: StepBatch;
  readonly #options: StepOptions;
  readonly #sum = new GradientSum();
  readonly #labels: tf.Tensor2D;
  readonly #pseudoLabels: tf.Tensor2D | null;
  readonly #softTargets: SoftTargetBank;
  readonly #losses = new LossLog();

  constructor(trainee: Trainee, recipe: Recipe, batch: StepBatch, options: StepOptions) {
    this.#trainee = trainee;
    this.#recipe = recipe;
    this.#batch = batch;
    this.#options = options;
    const { losses } = recipe;
    this.#softTargets = new SoftTargetBank(losses, options.subnets);
    const classes = trainee.supernet.shape.topology.layers.at(-1)!.outChannels;
    this.#labels = smoothedLabels(batch.sourceLabels, classes, losses.labelSmoothing);
    this.#pseudoLabels = this.#isTeacherAsked() ? this.#askTeacher() : null;
  }

  async run(): Promise<StepReport> {
    const { subnets, rateFactor, signal } = this.#options;
    const { supernet, optimiser, teacher } = this.#trainee;
    for (const subnet of subnets) {
      for (const domain of ['source', 'target'] as const) {
        await pause(signal);
        this.#train(subnet, domain);
      }
    }
    const report = await this.#report();
    const { gradients } = this.#sum;
    optimiser.apply(supernet.parameters, gradients, {
      rateFactor,
      gradientFactor: clipFactor(report.gradientNorm, this.#recipe.optimiser.clipNorm),
    });
    teacher.follow(this.#recipe.teacher.momentum);
    return report;
  }

  dispose(): void {
    this.#sum.dispose();
    this.#softTargets.dispose();
    this.#losses.dispose();
    this.#labels.dispose();
    this.#pseudoLabels?.dispose();
  }

  #train(subnet: Subnet, domain: Domain): void {
    const { supernet } = this.#trainee;
    const images = this.#batch[domain].get(subnet.resolution)!;
    const terms = this.#terms(subnet, domain);
    const isTeacher = this.#softTargets.isWanted(subnet, domain);
    const forward = (): tf.Tensor2D => {
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
    const { supernet } = this.#trainee;
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
    const weights = isLargest
      ? { ...losses.largest, sourceDistillation: 0, targetDistillation: 0 }
      : losses.others;
    const soft: SoftTargets = {
      temperature: losses.distillationTemperature,
      make: () => this.#softTargets.targetsFor(subnet, domain),
    };
    return domain === 'source'
      ? sourceTerms(weights, this.#labels, soft)
      : targetTerms(weights, this.#pseudoLabels, soft);
  }

  #isTeacherAsked(): boolean {
    const { largest, others } = this.#recipe.losses;
    return (
      largest.pseudoLabels > 0 || (this.#options.subnets.length > 1 && others.pseudoLabels > 0)
    );
  }

  #askTeacher(): tf.Tensor2D {
    const { teacher } = this.#trainee;
    const { losses, teacher: settings } = this.#recipe;
    const images = this.#batch.target.get(teacher.subnet.resolution)!;
    return tf.tidy(() =>
      pseudoLabels(teacher.predict(images), {
        threshold: losses.pseudoLabelThreshold,
        temperature: settings.temperature,
      }),
    );
  }

  async #report(): Promise<StepReport> {
    const { parameters } = this.#trainee.supernet;
    const clipped = [...this.#sum.gradients].filter(
      ([name]) => parameters.get(name)!.kind !== 'step',
    );
    const gradientNorm = await globalNorm(new Map(clipped));
    const subnets = await this.#losses.read();
    if (!Number.isFinite(gradientNorm)) {
      throw new RtfqError('INTERNAL', 'training diverged: a gradient is not finite', {
        got: JSON.stringify(subnets),
        hint: 'lower optimiser.weights.learningRate or optimiser.clipNorm',
      });
    }
    return { subnets, gradientNorm, confident: await this.#confidentShare() };
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

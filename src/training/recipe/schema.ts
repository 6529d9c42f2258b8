import * as v from 'valibot';
import { type BitWidth, bitWidths } from '../../quant/bits.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000_000));
const countOrNone = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(10_000_000));
const fraction = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const fractionAboveZero = v.pipe(v.number(), v.gtValue(0), v.maxValue(1));
const positive = v.pipe(v.number(), v.gtValue(0), v.finite());
const notNegative = v.pipe(v.number(), v.minValue(0), v.finite());
const resolution = v.pipe(v.number(), v.integer(), v.minValue(8), v.maxValue(2048));
const bits = v.picklist(bitWidths);

function list<Item extends v.GenericSchema>(item: Item) {
  return v.pipe(v.array(item), v.minLength(1), v.maxLength(64));
}

const pinnedBitsSchema = v.strictObject({
  depthwise: v.optional(v.nullable(bits), 8),
  signedInputs: v.optional(v.nullable(bits), 8),
});

const slicingSchema = v.strictObject({
  channels: v.optional(v.picklist(['hidden', 'all']), 'hidden'),
  order: v.optional(v.picklist(['l1', 'none']), 'l1'),
});

const batchSchema = v.strictObject({
  source: v.optional(count, 32),
  target: v.optional(count, 32),
  shards: v.optional(v.pipe(count, v.maxValue(64)), 2),
});

const samplingSchema = v.variant('rule', [
  v.strictObject({ rule: v.literal('sandwich'), randomSubnets: v.optional(count, 2) }),
  v.strictObject({ rule: v.literal('random'), subnets: v.optional(count, 4) }),
  v.strictObject({
    rule: v.literal('single'),
    subnet: v.strictObject({ width: fractionAboveZero, resolution, bits }),
  }),
]);

const largestLossesSchema = v.strictObject({
  sourceCrossEntropy: v.optional(notNegative, 1),
  informationMaximisation: v.optional(notNegative, 1),
  pseudoLabels: v.optional(notNegative, 1),
});

const otherLossesSchema = v.strictObject({
  sourceCrossEntropy: v.optional(notNegative, 1),
  informationMaximisation: v.optional(notNegative, 0),
  pseudoLabels: v.optional(notNegative, 0),
  sourceDistillation: v.optional(notNegative, 1),
  targetDistillation: v.optional(notNegative, 1),
});

const adaptationSchema = v.strictObject({
  fromStep: v.optional(countOrNone, 0),
  rampSteps: v.optional(countOrNone, 0),
});

const lossesSchema = v.strictObject({
  largest: v.optional(largestLossesSchema, {}),
  others: v.optional(otherLossesSchema, {}),
  adaptation: v.optional(adaptationSchema, {}),
  labelSmoothing: v.optional(v.pipe(v.number(), v.minValue(0), v.ltValue(1)), 0.1),
  pseudoLabelThreshold: v.optional(fraction, 0.9),
  distillationTemperature: v.optional(positive, 1),
  softTargets: v.optional(v.picklist(['higherBits', 'largest']), 'higherBits'),
});

const teacherSchema = v.strictObject({
  momentum: v.optional(v.pipe(v.number(), v.minValue(0), v.ltValue(1)), 0.9),
  temperature: v.optional(positive, 0.04),
  view: v.optional(v.picklist(['student', 'centre']), 'student'),
});

const weightOptimiserSchema = v.strictObject({
  learningRate: v.optional(positive, 2e-4),
  momentum: v.optional(v.pipe(v.number(), v.minValue(0), v.ltValue(1)), 0.9),
  weightDecay: v.optional(notNegative, 1e-3),
  headFactor: v.optional(positive, 10),
});

const stepOptimiserSchema = v.strictObject({
  learningRate: v.optional(notNegative, 1e-3),
  unit: v.optional(v.picklist(['relative', 'absolute']), 'relative'),
});

const scheduleSchema = v.strictObject({
  warmUpSteps: v.optional(countOrNone, 0),
  finalFactor: v.optional(fraction, 0),
});

const optimiserSchema = v.strictObject({
  weights: v.optional(weightOptimiserSchema, {}),
  steps: v.optional(stepOptimiserSchema, {}),
  clipNorm: v.optional(positive, 1),
  schedule: v.optional(scheduleSchema, {}),
});

const headSchema = v.strictObject({
  steps: v.optional(countOrNone, 300),
  l2: v.optional(notNegative, 0.1),
});

const calibrationSchema = v.strictObject({
  images: v.optional(count, 400),
  batch: v.optional(count, 32),
});

const augmentationSchema = v.strictObject({
  smallestCrop: v.optional(fractionAboveZero, 0.7),
  mirror: v.optional(v.boolean(), true),
  brightness: v.optional(fraction, 0.3),
  contrast: v.optional(fraction, 0.3),
  saturation: v.optional(fraction, 0.3),
  colourCast: v.optional(fraction, 0.1),
});

/** A recipe file: RECIPE.md says what each field means, its unit and where its default comes from. */
export const recipeSchema = v.strictObject({
  seed: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 1)), 1),
  widths: v.optional(list(fractionAboveZero), [1, 0.9, 0.8, 0.7]),
  resolutions: v.optional(list(resolution), [224, 192, 160, 128]),
  bits: v.optional(list(bits), (): BitWidth[] => [8, 6, 4]),
  pinnedBits: v.optional(pinnedBitsSchema, {}),
  slicing: v.optional(slicingSchema, {}),
  cropFraction: v.optional(fractionAboveZero, 0.875),
  steps: v.optional(count, 2000),
  batch: v.optional(batchSchema, {}),
  sampling: v.optional(samplingSchema, { rule: 'sandwich' }),
  losses: v.optional(lossesSchema, {}),
  teacher: v.optional(teacherSchema, {}),
  optimiser: v.optional(optimiserSchema, {}),
  head: v.optional(headSchema, {}),
  calibration: v.optional(calibrationSchema, {}),
  augmentation: v.optional(augmentationSchema, {}),
});

// Homomorphic, so that lists stay lists.
type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** A whole recipe: every field has its value. */
export interface Recipe extends DeepReadonly<v.InferOutput<typeof recipeSchema>> {}
/** What a recipe file may hold: every field may be left out. */
export interface PartialRecipe extends DeepReadonly<v.InferInput<typeof recipeSchema>> {}

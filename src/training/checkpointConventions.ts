import { RtfqError } from '../errors.ts';
import type { PaddingStyle } from '../network/mobilenetv2.ts';

/** What a checkpoint's metadata says about how it was trained; torchvision's conventions where it is silent. */
export type CheckpointMetadata = Readonly<Record<string, string>>;

/** torch.nn.BatchNorm2d's default: what checkpoints were trained with, and are trained on with. */
export const batchNormEpsilon = 1e-5;

/** x = (pixel - mean) / std per RGB channel, pixels 0 to 255. */
export interface PixelNormalisation {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** torchvision.transforms: mean [0.485, 0.456, 0.406], std [0.229, 0.224, 0.225] of pixels / 255. */
export const torchvisionNormalisation: PixelNormalisation = {
  mean: [0.485 * 255, 0.456 * 255, 0.406 * 255],
  std: [0.229 * 255, 0.224 * 255, 0.225 * 255],
};

/** Pixels to -1 .. 1, as TensorFlow's MobileNets are trained. */
export const tensorflowNormalisation: PixelNormalisation = {
  mean: [127.5, 127.5, 127.5],
  std: [127.5, 127.5, 127.5],
};

/** The metadata key under which class names are kept: a JSON list of strings. */
export const classNamesKey = 'class_names';

/** What `readNormalisation` reads it from. */
export function describeNormalisation(normalisation: PixelNormalisation): CheckpointMetadata {
  return normalisation === tensorflowNormalisation
    ? { normalization: 'x = pixel/127.5 - 1, RGB' }
    : {};
}

/** @throws RtfqError `WEIGHTS_FORMAT` on a `normalization` that is not known */
export function readNormalisation({ normalization }: CheckpointMetadata): PixelNormalisation {
  if (normalization === undefined) return torchvisionNormalisation;
  if (/^x = pixel\/127\.5 - 1\b.*\bRGB$/.test(normalization)) return tensorflowNormalisation;
  throw new RtfqError('WEIGHTS_FORMAT', "the checkpoint's metadata: normalization", {
    got: normalization,
    expected: "'x = pixel/127.5 - 1, RGB', or none for torchvision's mean and std",
  });
}

/** What `readPaddingStyle` reads it from. */
export function describePadding(style: PaddingStyle): CheckpointMetadata {
  return { padding: style === 'tensorflow' ? 'TensorFlow SAME' : 'PyTorch' };
}

/** @throws RtfqError `WEIGHTS_FORMAT` on a `padding` that is not known */
export function readPaddingStyle({ padding }: CheckpointMetadata): PaddingStyle {
  if (padding === undefined || padding.startsWith('PyTorch')) return 'torch';
  if (padding.startsWith('TensorFlow SAME')) return 'tensorflow';
  throw new RtfqError('WEIGHTS_FORMAT', "the checkpoint's metadata: padding", {
    got: padding,
    expected: "'TensorFlow SAME...', 'PyTorch...', or none for PyTorch's",
  });
}

/**
 * The class names that the checkpoint carries, or null.
 * @throws RtfqError `WEIGHTS_FORMAT` when they are no JSON list of strings
 */
export function readClassNames(metadata: CheckpointMetadata): readonly string[] | null {
  const json = metadata[classNamesKey];
  if (json === undefined) return null;
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    value = null;
  }
  if (Array.isArray(value) && value.every((name) => typeof name === 'string')) return value;
  throw new RtfqError('WEIGHTS_FORMAT', `the checkpoint's metadata: ${classNamesKey}`, {
    got: json.slice(0, 40),
    expected: 'a JSON list of strings',
  });
}

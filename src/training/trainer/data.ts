import type { PicturesByResolution } from '../sandwich/images.ts';
import type { View } from './view.ts';

export type { PicturesByResolution } from '../sandwich/images.ts';

/** One picture of a domain, looked at in one way. */
export interface PictureRequest {
  /** 0 to `count` - 1 */
  readonly index: number;
  readonly view: View;
}

/**
 * Pictures without labels: all that training may know of the target domain, so that target labels can
 * reach neither training nor model selection. Holds no position and draws nothing at random: the same
 * request gives the same bytes, whenever it is made.
 */
export interface Pictures {
  /** Pictures that there are. */
  readonly count: number;
  /** The requested pictures in their order. */
  load(
    requests: readonly PictureRequest[],
    resolutions: readonly number[],
  ): Promise<PicturesByResolution>;
}

export interface LabelledPictures extends Pictures {
  /** Class index of a picture. */
  labelOf(index: number): number;
}

/** What a supernet is trained on. */
export interface TrainingData {
  /** Names by class index. */
  readonly classes: readonly string[];
  readonly source: LabelledPictures;
  readonly target: Pictures;
}

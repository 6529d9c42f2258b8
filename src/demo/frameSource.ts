export type SourceKind = 'camera' | 'picture' | 'video';

/** Where pictures come from. */
export interface FrameSource {
  readonly kind: SourceKind;
  /** What is shown, and classified as it is shown. */
  readonly element: HTMLVideoElement | HTMLImageElement;
  /** Resolves when the frames stop for good without `close` having been called. */
  readonly lost: Promise<SourceProblem>;
  /** Which camera it is; undefined for files. */
  readonly camera?: CameraFacts;
  close(): void;
}

export interface CameraFacts {
  readonly deviceId: string;
  /** It looks at whoever holds the device. */
  readonly facesUser: boolean;
}

/** Why there is no picture, in words for a visitor. */
export class SourceProblem extends Error {
  override readonly name = 'SourceProblem';
  readonly title: string;
  readonly hint: string;

  constructor(title: string, message: string, hint: string, cause?: unknown) {
    super(message, { cause });
    this.title = title;
    this.hint = hint;
  }
}

/** Width over height of the picture that a source shows now. */
export function aspectOf(element: FrameSource['element']): number {
  const [width, height] =
    element instanceof HTMLVideoElement
      ? [element.videoWidth, element.videoHeight]
      : [element.naturalWidth, element.naturalHeight];
  return width > 0 && height > 0 ? width / height : 4 / 3;
}

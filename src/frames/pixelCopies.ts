import { RtfqError } from '../errors.ts';
import type { RgbaFrame } from '../kernels/resize/contract.ts';
import type { TensorImage } from './frame.ts';

/** @throws RtfqError `UNSUPPORTED_IMAGE` when its numbers are not bytes */
export function copyImageData({ data, width, height }: ImageData): RgbaFrame {
  if (!(data instanceof Uint8ClampedArray) || data.length === 0) {
    throw new RtfqError('UNSUPPORTED_IMAGE', 'the ImageData holds no 8-bit pixels', {
      got: `${data.constructor.name} of ${width} x ${height} pixels`,
    });
  }
  return { data: data.slice(), width, height };
}

/** What a tensor that is a picture looks like. */
export interface TensorLayout {
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
  /** float32: 0..1; int32: 0..255 */
  readonly dtype: 'float32' | 'int32';
}

/** @throws RtfqError `UNSUPPORTED_IMAGE` when it has the wrong shape or type */
export function tensorLayout({ shape, dtype }: TensorImage): TensorLayout {
  const [height = 0, width = 0, channels = 0] = shape;
  const isPicture = shape.length === 3 && height > 0 && width > 0;
  if (!isPicture || (channels !== 3 && channels !== 4)) {
    fail(`shape [${shape.join(', ')}]`, '[height, width, 3 or 4]');
  }
  if (dtype !== 'int32' && dtype !== 'float32') fail(`dtype ${dtype}`, 'int32 or float32');
  return { width, height, channels, dtype };
}

/** @throws RtfqError `UNSUPPORTED_IMAGE` when it has the wrong shape or type */
export async function copyTensor(tensor: TensorImage): Promise<RgbaFrame> {
  const { width, height, channels, dtype } = tensorLayout(tensor);
  const scale = dtype === 'float32' ? 255 : 1;
  const values = await tensor.data();
  if (values.length !== width * height * channels) {
    fail(`${values.length} values`, `${width * height * channels} values`);
  }
  // Clamped arrays round, and turn what is not a number into 0.
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let from = 0, to = 0; to < data.length; from += channels, to += 4) {
    data[to] = values[from]! * scale;
    data[to + 1] = values[from + 1]! * scale;
    data[to + 2] = values[from + 2]! * scale;
  }
  return { data, width, height };
}

function fail(got: string, expected: string): never {
  throw new RtfqError('UNSUPPORTED_IMAGE', 'the tensor is not a picture', { got, expected });
}

/**
 * Dense convolution, any kernel, NHWC; a fully connected layer is one on a 1 x 1 image.
 *   acc[y][x][o] = sum over ky, kx, i of
 *     weights[o][ky][kx][i] * input[y*stride + ky - padTop][x*stride + kx - padLeft][i]
 * Positions outside the input are 0. Exact in int32.
 */
export interface ConvShape {
  readonly inHeight: number;
  readonly inWidth: number;
  readonly inChannels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outChannels: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly stride: number;
  readonly padTop: number;
  readonly padLeft: number;
}

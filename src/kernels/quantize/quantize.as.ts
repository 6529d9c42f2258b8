import { quantize8 } from '../epilogue/epilogue.as';
import { LayerArgs } from '../layerArgs.as';

/** Quantizes rows of the f32 tensor that `residual` points to: outWidth * outStride values each. */
export function quantize(args: LayerArgs, firstRow: i32, endRow: i32): void {
  const rowValues = <usize>(args.outWidth * args.outStride);
  const end = <usize>endRow * rowValues;
  for (let at = <usize>firstRow * rowValues; at < end; at += 8) {
    const from = args.residual + (at << 2);
    quantize8(args, v128.load(from), v128.load(from, 16), at);
  }
}

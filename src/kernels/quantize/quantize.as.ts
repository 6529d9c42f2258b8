import { quantize8 } from '../epilogue/epilogue.as';
import { LayerArgs } from '../layerArgs.as';

/** Quantizes the f32 tensor that `residual` points to; its values number outHeight * outWidth * outStride. */
export function quantize(args: LayerArgs): void {
  const count = <usize>(args.outHeight * args.outWidth * args.outStride);
  for (let at: usize = 0; at < count; at += 8) {
    const from = args.residual + (at << 2);
    quantize8(args, v128.load(from), v128.load(from, 16), at);
  }
}

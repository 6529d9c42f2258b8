import { RtfqError } from '../errors.ts';
import { fromCells, weightLayout } from '../model/layout.ts';
import type { Manifest } from '../model/manifest.ts';
import { locateWeights, readLayerWeights, type WeightPack } from '../model/reader.ts';
import type { LayerStep, Plan } from '../network/plan.ts';
import { convShape } from './convShape.ts';

/** The packs of a backend that unpacks a layer's weights when it compiles. */
export class LoadedPacks {
  readonly #packs = new Map<WeightPack['id'], WeightPack>();
  #manifest: Manifest | null = null;

  load(manifest: Manifest, pack: WeightPack): void {
    this.#manifest = manifest;
    this.#packs.set(pack.id, pack);
  }

  unload(id: WeightPack['id']): void {
    this.#packs.delete(id);
  }

  clear(): void {
    this.#packs.clear();
  }

  /** A step's weights at the plan's width, [out][tap][in]; [out][tap] for depthwise. */
  weightsOf(plan: Plan, step: LayerStep): Int8Array {
    const { layer } = step;
    const location = locateWeights(this.#manifest!, layer, plan.subnet.bits);
    const pack = this.#packs.get(location.pack);
    if (pack === undefined) {
      throw new RtfqError('INTERNAL', `weight pack ${location.pack} is not resident`);
    }
    const { inChannels, outChannels } = convShape(plan, step);
    const cells = readLayerWeights(pack, layer, location);
    return fromCells(cells, weightLayout(layer), outChannels, inChannels);
  }
}

import { packedBytes, weightLayout } from './layout.ts';
import { type FileReference, filesOf, isPooling, type Layer, type Manifest } from './manifest.ts';
import { expectEqual, fail } from './manifestError.ts';

/** The manifest's own file, beside which the others lie. */
export const manifestFile = 'model.json';

/**
 * Checks that the references to files agree with each other and that each layer's weights have bytes of
 * their own inside their packs. The layers must have been checked.
 * @throws RtfqError `MODEL_FORMAT`
 */
export function validateFiles(manifest: Manifest): void {
  checkReferences(manifest);
  const extents = new Map<FileReference, Extent[]>();
  for (const layer of manifest.layers) {
    for (const extent of weightExtents(manifest, layer)) {
      checkInside(extent);
      const inPack = extents.get(extent.pack) ?? [];
      extents.set(extent.pack, inPack);
      inPack.push(extent);
    }
  }
  for (const inPack of extents.values()) checkApart(inPack);
}

/** Two references to one file must agree, or one of them could never be read. */
function checkReferences(manifest: Manifest): void {
  const known = new Map<string, FileReference>();
  for (const reference of filesOf(manifest)) {
    const { file, sizeBytes, sha256 } = reference;
    if (file === manifestFile) fail('file', file, 'another name');
    const earlier = known.get(file) ?? reference;
    if (earlier.sizeBytes !== sizeBytes || earlier.sha256 !== sha256) {
      fail(`file: ${file}`, 'two sizes or hashes', 'one');
    }
    known.set(file, reference);
  }
}

/** Where one layer's weights lie. */
interface Extent {
  readonly field: string;
  readonly pack: FileReference;
  readonly begin: number;
  readonly end: number;
}

function weightExtents({ packs, bits }: Manifest, layer: Layer): readonly Extent[] {
  const { weights } = layer;
  const field = `layers: ${layer.name}.weights`;
  if ((weights === undefined) !== isPooling(layer)) {
    fail(field, weights, 'weights on each layer but pooling ones');
  }
  if (weights === undefined) return [];
  const layout = weightLayout(layer);
  const extent = (pack: FileReference, begin: number, sizeBytes: number): Extent => {
    return { field, pack, begin, end: begin + sizeBytes };
  };
  if (weights.pack === 'shared') {
    return [extent(packs.shared, weights.offset, packedBytes(layout, weights.bits))];
  }
  expectEqual(`${field}.bits.length`, weights.bits.length, bits.length);
  expectEqual(`${field}.offsets.length`, weights.offsets.length, bits.length);
  return weights.bits.map((b, i) => {
    return extent(packs.perBits[i]!, weights.offsets[i]!, packedBytes(layout, b));
  });
}

function checkInside({ field, pack, begin, end }: Extent): void {
  if (begin % 8 !== 0 || end > pack.sizeBytes) {
    fail(field, `${end - begin} bytes at ${begin}`, `inside ${pack.file}, on 8 bytes`);
  }
}

/** Otherwise a small pack could be unpacked into any amount of memory, layer after layer. */
function checkApart(inPack: Extent[]): void {
  inPack.sort((a, b) => a.begin - b.begin);
  inPack.forEach(({ field, pack, begin }, i) => {
    const earlier = inPack[i - 1];
    if (earlier !== undefined && begin < earlier.end) {
      fail(field, `${pack.file} from ${begin} on`, `not before ${earlier.end}: bytes of its own`);
    }
  });
}

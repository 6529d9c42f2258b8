import { isPooling, type Layer, type Manifest } from './manifest.ts';
import { expectEqual, fail } from './manifestError.ts';
import { tableBytes } from './table.ts';
import { validateFiles } from './validateFiles.ts';

/** What the first layers read. */
export const imageName = 'image';

/**
 * Checks all that the schema cannot say: that the lists fit each other, that each layer reads what an
 * earlier one writes, that the weights lie inside their packs, each in bytes of its own, and that each
 * subnet's table has its size.
 * @throws RtfqError `MODEL_FORMAT`
 */
export function validateManifest(manifest: Manifest): void {
  checkDimension('widths', manifest.widths);
  checkDimension('resolutions', manifest.resolutions);
  checkDimension('bits', manifest.bits);
  expectEqual('packs.perBits.length', manifest.packs.perBits.length, manifest.bits.length);
  checkLayers(manifest);
  validateFiles(manifest);
  checkSubnets(manifest);
}

function checkDimension(field: string, values: readonly number[]): void {
  for (let i = 1; i < values.length; i++) {
    if (values[i]! >= values[i - 1]!) fail(field, values, 'different values, largest first');
  }
}

function checkLayers(manifest: Manifest): void {
  const earlier = new Map<string, Layer>();
  for (const layer of manifest.layers) {
    const field = `layers: ${layer.name}`;
    if (layer.name === imageName || earlier.has(layer.name)) {
      fail(field, 'a name used before', 'a name of its own');
    }
    checkLists(manifest, layer, field);
    checkInput(layer, earlier, field);
    checkShape(layer, field);
    earlier.set(layer.name, layer);
  }
  checkAllRead(manifest.layers);
  const last = manifest.layers.at(-1)!;
  if (last.op !== 'fullyConnected') fail(`layers: ${last.name}.op`, last.op, 'fullyConnected');
  for (const channels of last.outChannels) {
    expectEqual(`layers: ${last.name}.outChannels`, channels, manifest.classes.length);
  }
}

/** What nobody reads has no place in memory. */
function checkAllRead(layers: readonly Layer[]): void {
  const read = new Set(layers.flatMap(({ input, residual }) => [input, residual]));
  for (const { name } of layers.slice(0, -1)) {
    if (!read.has(name)) fail(`layers: ${name}`, 'an output that no layer reads', 'a reader');
  }
}

function checkLists(manifest: Manifest, layer: Layer, field: string): void {
  for (const list of ['inChannels', 'outChannels'] as const) {
    const values = layer[list];
    expectEqual(`${field}.${list}.length`, values.length, manifest.widths.length);
    for (let i = 1; i < values.length; i++) {
      if (values[i]! > values[i - 1]!)
        fail(`${field}.${list}`, values, 'no increase with the width');
    }
  }
  expectEqual(`${field}.inputBits.length`, layer.inputBits.length, manifest.bits.length);
}

function checkInput(layer: Layer, earlier: ReadonlyMap<string, Layer>, field: string): void {
  const isImage = layer.input === imageName;
  const producer = earlier.get(layer.input);
  if (!isImage && producer === undefined) {
    fail(`${field}.input`, layer.input, 'image or the name of an earlier layer');
  }
  layer.inChannels.forEach((channels, i) => {
    expectEqual(`${field}.inChannels[${i}]`, channels, isImage ? 3 : producer!.outChannels[i]!);
  });
  if (isImage && layer.op !== 'conv') fail(`${field}.op`, layer.op, 'conv: it reads the image');
  if (isImage && (layer.inputSigned || layer.inputBits.some((bits) => bits !== 8))) {
    fail(`${field}.inputBits`, layer.inputBits, '8 unsigned bits: it reads the image');
  }
  if (layer.residual === undefined) return;
  const residual = earlier.get(layer.residual);
  if (residual === undefined) fail(`${field}.residual`, layer.residual, 'an earlier layer');
  layer.outChannels.forEach((channels, i) => {
    expectEqual(`${field}.outChannels[${i}]`, channels, residual!.outChannels[i]!);
  });
}

function checkShape(layer: Layer, field: string): void {
  if (layer.op === 'depthwise' || isPooling(layer)) {
    layer.outChannels.forEach((channels, i) => {
      expectEqual(`${field}.outChannels[${i}]`, channels, layer.inChannels[i]!);
    });
  }
  const [kernelHeight, kernelWidth] = layer.kernel;
  if (kernelHeight > 16 || kernelWidth > 16)
    fail(`${field}.kernel`, layer.kernel, 'at most 16 x 16');
  if (layer.op === 'averagePool' || layer.op === 'fullyConnected') {
    expectEqual(`${field}.kernel`, layer.kernel.join(), '1,1');
    expectEqual(`${field}.stride`, layer.stride, 1);
    expectEqual(`${field}.padding`, layer.padding.join(), '0,0,0,0');
  }
  // A window that lies wholly in the padding would be a layer that reads nothing.
  const [top, left, bottom, right] = layer.padding;
  if (Math.max(top, bottom) >= kernelHeight || Math.max(left, right) >= kernelWidth) {
    fail(`${field}.padding`, layer.padding, 'less than the kernel');
  }
}

function checkSubnets(manifest: Manifest): void {
  const seen = new Set<string>();
  for (const { width, resolution, bits, table, selfTest } of manifest.subnets) {
    const key = `${width}, ${resolution}, ${bits}`;
    if (seen.has(key)) fail('subnets', `${key} twice`, 'each subnet once');
    seen.add(key);
    const widthIndex = manifest.widths.indexOf(width);
    if (widthIndex < 0) fail('subnets: width', width, manifest.widths);
    if (!manifest.resolutions.includes(resolution)) {
      fail('subnets: resolution', resolution, manifest.resolutions);
    }
    if (!manifest.bits.includes(bits)) fail('subnets: bits', bits, manifest.bits);
    if (selfTest !== undefined) {
      expectEqual(`subnets: ${key}: selfTest.length`, selfTest.length, manifest.classes.length);
    }
    expectEqual(
      `subnets: ${key}: table.sizeBytes`,
      table.sizeBytes,
      tableBytes(manifest, widthIndex),
    );
  }
  checkAllBitsUsed(manifest);
}

/** Weights that no subnet reads could be neither tried on a device nor used there. */
function checkAllBitsUsed({ bits, subnets }: Manifest): void {
  for (const one of bits) {
    if (!subnets.some((subnet) => subnet.bits === one)) {
      fail('subnets', `none of ${one} bits`, 'at least one of each bit-width');
    }
  }
}

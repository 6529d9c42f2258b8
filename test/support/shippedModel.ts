import { readFile } from 'node:fs/promises';
import { type Manifest, parseManifest } from '../../src/model/manifest.ts';

export async function shippedManifest(): Promise<Manifest> {
  return parseManifest(await readFile('models/office31-a2w-mobilenetv2/model.json', 'utf8'));
}

/** Of its largest subnet, in per cent, as commands print it. */
export async function shippedTop1(): Promise<string> {
  const { subnets } = await shippedManifest();
  return (100 * subnets[0]!.accuracy!.top1).toFixed(1);
}

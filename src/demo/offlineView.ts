import type { Classifier } from '../index.ts';
import { keepOffline, type OfflineState } from './offline/keepOffline.ts';
import { element, setText } from './page.ts';

const words: Record<OfflineState, string> = {
  kept: 'ready: this page opens without a network',
  development: 'only in the built page',
  unsupported: 'not possible here: the page has to come over https',
  failed: 'not kept: the browser refused to store it',
};

/**
 * Keeps the page and the model's smallest weights for visits without a network, whatever the device's speed by
 * then; richer weights are kept as they are fetched.
 * @param loaded names of the model's files that have been fetched
 */
export async function showOffline(
  { subnets }: Classifier,
  model: URL,
  loaded: Iterable<string>,
): Promise<void> {
  const fewestBits = Math.min(...subnets.map(({ bits }) => bits));
  const tables = subnets.filter(({ bits }) => bits === fewestBits).map(({ table }) => table.file);
  const { saveData = false } =
    (navigator as { connection?: { saveData?: boolean } }).connection ?? {};
  const files = new Set([...loaded, ...(saveData ? [] : tables)]);
  const urls = [model.href, ...[...files].map((file) => new URL(file, model).href)];
  setText(element('offline', HTMLElement), words[await keepOffline(urls)]);
}

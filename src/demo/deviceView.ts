import type { Classifier } from '../index.ts';
import type { DownloadTally } from './downloadTally.ts';
import { formatBytes } from './format.ts';
import { element, setText } from './page.ts';

/** What the classifier found on this device, and why it did not take something better. */
export function showDevice({ capabilities, subnets, classes }: Classifier): void {
  setText(element('backend-name', HTMLElement), capabilities.backend);
  setText(element('backend-description', HTMLElement), capabilities.description);
  element('refused-row', HTMLElement).hidden = capabilities.refused.length === 0;
  element('refused', HTMLElement).replaceChildren(
    ...capabilities.refused.map(({ name, reason }) => {
      const item = document.createElement('li');
      item.textContent = `${name}: ${reason}`;
      return item;
    }),
  );
  const accuracy = subnets.find((subnet) => subnet.accuracy)?.accuracy;
  const measured = accuracy
    ? `; accuracy measured on ${accuracy.images} pictures (${accuracy.dataset})`
    : '';
  setText(
    element('model-facts', HTMLElement),
    `knows ${classes.length} things, comes in ${subnets.length} sizes${measured}`,
  );
}

/** What has been fetched, and what is being fetched beside the frames. */
export function showDownload(tally: DownloadTally): void {
  const { loadedBytes, totalBytes, current } = tally;
  const bar = element('fetched-bar', HTMLProgressElement);
  bar.max = Math.max(1, totalBytes);
  bar.value = loadedBytes;
  const now = current === null ? '' : `, fetching ${current}`;
  setText(element('downloaded', HTMLElement), `${formatBytes(loadedBytes)}${now}`);
}

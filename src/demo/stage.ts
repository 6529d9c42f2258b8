import type { RankedClass } from '../index.ts';
import type { DownloadTally } from './downloadTally.ts';
import { formatBytes, formatShare } from './format.ts';
import { aspectOf, type FrameSource } from './frameSource.ts';
import { element, setText } from './page.ts';

/**
 * A label whose probability is less than this many times the second's is shown as a mere guess. Of
 * the shipped model's labels for every fourth webcam photograph, 46 % of such were right, 77 % of all.
 */
const clearLead = 1.5;

const chipTexts: Record<FrameSource['kind'], string> = {
  camera: 'Live',
  picture: 'Picture',
  video: 'Video',
};

/** The picture, the square of it that is classified, and the label on it. */
export interface StageView {
  setSource(source: FrameSource | null): void;
  setCropFraction(fraction: number): void;
  /** Most probable first; none: no label. */
  setLabel(classes: readonly RankedClass[]): void;
  setPaused(paused: boolean): void;
  /** Shows the picture as a mirror would; the network sees it as it is. */
  setMirrored(mirrored: boolean): void;
  /** null: all is there. */
  setDownload(tally: DownloadTally | null): void;
}

export function createStageView(): StageView {
  const stage = element('stage', HTMLElement);
  const frame = element('frame', HTMLElement);
  const crop = element('crop', HTMLElement);
  const chip = element('source-chip', HTMLElement);
  let source: FrameSource | null = null;

  function measure(): void {
    if (source) stage.style.setProperty('--aspect', aspectOf(source.element).toFixed(4));
  }

  function setChip(paused: boolean): void {
    chip.hidden = source === null;
    if (source) setText(chip, paused ? 'Paused' : chipTexts[source.kind]);
    stage.dataset.state = source === null ? 'empty' : paused ? 'paused' : 'playing';
  }

  return {
    setSource(next) {
      source?.element.removeEventListener('resize', measure);
      source = next;
      // A phone that is turned changes the size of its camera's frames.
      source?.element.addEventListener('resize', measure);
      frame.replaceChildren(...(source ? [source.element] : []));
      crop.hidden = source === null;
      measure();
      setChip(false);
    },
    setCropFraction: (fraction) => stage.style.setProperty('--crop', String(fraction)),
    setLabel,
    setPaused: setChip,
    setMirrored: (mirrored) => frame.classList.toggle('mirrored', mirrored),
    setDownload,
  };
}

function setLabel([first, second]: readonly RankedClass[]): void {
  const verdict = element('verdict', HTMLElement);
  verdict.hidden = first === undefined;
  if (first === undefined) return;
  const isClear = first.probability >= clearLead * (second?.probability ?? 0);
  verdict.classList.toggle('doubtful', !isClear);
  setText(element('label', HTMLElement), first.label);
  setText(element('label-share', HTMLElement), formatShare(first.probability));
}

function setDownload(tally: DownloadTally | null): void {
  element('download', HTMLElement).hidden = tally === null;
  if (tally === null) return;
  const bar = element('download-bar', HTMLProgressElement);
  const { loadedBytes, totalBytes } = tally;
  if (totalBytes > 0) {
    bar.max = totalBytes;
    bar.value = loadedBytes;
  }
  const amount =
    totalBytes > 0 ? `: ${formatBytes(loadedBytes)} of ${formatBytes(totalBytes)}` : '';
  setText(element('download-text', HTMLElement), `Loading the network${amount}`);
}

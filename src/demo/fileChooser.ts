import { element } from './page.ts';

const buttons = [
  ['use-picture', 'picture-file'],
  ['use-video', 'video-file'],
] as const;

export interface FileChooser {
  /** Opens the dialog for a picture or a video. */
  choose(): void;
}

/** Files by dialog, by drag and drop, and from the clipboard. */
export function createFileChooser(onFile: (file: File) => void): FileChooser {
  for (const [buttonId, inputId] of buttons) {
    const input = element(inputId, HTMLInputElement);
    element(buttonId, HTMLButtonElement).addEventListener('click', () => input.click());
    takeFrom(input, onFile);
  }
  const any = element('any-file', HTMLInputElement);
  takeFrom(any, onFile);
  acceptDrops(onFile);
  document.addEventListener('paste', (event) => {
    const file = event.clipboardData?.files[0];
    if (file) onFile(file);
  });
  return { choose: () => any.click() };
}

function takeFrom(input: HTMLInputElement, onFile: (file: File) => void): void {
  input.addEventListener('change', () => {
    const file = input.files?.[0];
    // Else choosing the same file again would be no change.
    input.value = '';
    if (file) onFile(file);
  });
}

function acceptDrops(onFile: (file: File) => void): void {
  const { classList } = document.documentElement;
  const mark = (over: boolean) => classList.toggle('dropping', over);
  document.addEventListener('dragover', (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    mark(true);
  });
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) mark(false);
  });
  document.addEventListener('drop', (event) => {
    mark(false);
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    onFile(file);
  });
}

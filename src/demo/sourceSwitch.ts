import { openCamera } from './cameraSource.ts';
import { createFileChooser } from './fileChooser.ts';
import { openFile } from './fileSource.ts';
import type { FrameSource, SourceKind } from './frameSource.ts';
import { type NoticeView, noticeOf } from './notice.ts';
import { element } from './page.ts';

/** A permission dialog that is answered at once, or needs no answer, deserves no notice. */
const noticePromptMs = 600;

const buttons: Record<SourceKind, string> = {
  camera: 'use-camera',
  picture: 'use-picture',
  video: 'use-video',
};

export interface SourceEvents {
  readonly onSource: (source: FrameSource | null) => void;
  readonly onPause: (paused: boolean) => void;
}

export interface SourceSwitch {
  /** @param deviceId null: the browser's choice */
  startCamera(deviceId?: string | null): void;
  chooseFile(): void;
  /** Whether frames come one after another. */
  readonly live: boolean;
}

/** Opens one source at a time; the newest wish wins, whichever opens first. */
export function createSourceSwitch(notices: NoticeView, events: SourceEvents): SourceSwitch {
  const pauseButton = element('pause', HTMLButtonElement);
  let source: FrameSource | null = null;
  let paused = false;
  let wish = 0;

  function setSource(next: FrameSource | null): void {
    source?.close();
    source = next;
    for (const [kind, id] of Object.entries(buttons)) {
      element(id, HTMLButtonElement).ariaPressed = String(kind === next?.kind);
    }
    events.onSource(next);
    setPaused(false);
  }

  function setPaused(next: boolean): void {
    paused = next;
    const video = source?.element instanceof HTMLVideoElement ? source.element : null;
    pauseButton.hidden = video === null;
    pauseButton.ariaLabel = paused ? 'Resume' : 'Pause';
    pauseButton.dataset.paused = String(paused);
    play(video);
    events.onPause(paused);
  }

  function play(video: HTMLVideoElement | null): void {
    if (paused || document.hidden) video?.pause();
    // Rejects only when the next source comes before this one has started.
    else video?.play().catch(() => {});
  }

  async function use(kind: 'camera' | 'file', open: () => Promise<FrameSource>): Promise<void> {
    const ours = ++wish;
    notices.clear('source');
    const prompt = setTimeout(() => {
      if (kind === 'camera' && ours === wish) notices.show('source', askingNotice);
    }, noticePromptMs);
    let opened: FrameSource;
    try {
      opened = await open();
    } catch (thrown) {
      if (ours === wish) showProblem(kind, thrown);
      return;
    } finally {
      clearTimeout(prompt);
    }
    if (ours !== wish) {
      opened.close();
      return;
    }
    notices.clear('source');
    setSource(opened);
    const problem = await opened.lost;
    if (source !== opened) return;
    setSource(null);
    showProblem(kind, problem);
  }

  function showProblem(kind: 'camera' | 'file', thrown: unknown): void {
    notices.show('source', {
      ...noticeOf(thrown),
      retry: source
        ? { label: 'Go on with what was shown', run: () => {} }
        : {
            label: kind === 'camera' ? 'Try again' : 'Use the camera',
            run: () => startCamera(),
          },
    });
  }

  function startCamera(deviceId: string | null = null): void {
    // Phones open no second camera while the first is in use.
    if (source?.kind === 'camera') setSource(null);
    void use('camera', () => openCamera(deviceId));
  }

  const files = createFileChooser((file) => void use('file', () => openFile(file)));
  element(buttons.camera, HTMLButtonElement).addEventListener('click', () => startCamera());
  pauseButton.addEventListener('click', () => setPaused(!paused));
  document.addEventListener('visibilitychange', () => {
    if (source?.element instanceof HTMLVideoElement) play(source.element);
  });

  return {
    startCamera,
    chooseFile: () => files.choose(),
    get live() {
      return source !== null && source.kind !== 'picture' && !paused;
    },
  };
}

const askingNotice = {
  title: 'May this page use your camera?',
  text: 'Your browser is asking. The pictures stay on your device.',
  hint: 'Or open a picture or a video instead.',
};

import { type FrameSource, SourceProblem } from './frameSource.ts';

const nothing = new Promise<never>(() => {});

/** Opens a picture or a video, whichever the file is. @throws SourceProblem */
export async function openFile(file: File): Promise<FrameSource> {
  if (file.type.startsWith('image/')) return openPicture(file);
  if (file.type.startsWith('video/')) return openVideo(file);
  throw new SourceProblem(
    'Neither a picture nor a video',
    `${file.name} is ${file.type || 'of an unknown type'}.`,
    'Choose a photograph (JPEG, PNG, WebP) or a video (MP4, WebM).',
  );
}

async function openPicture(file: File): Promise<FrameSource> {
  const url = URL.createObjectURL(file);
  const image = new Image();
  image.src = url;
  image.alt = `Picture ${file.name}`;
  try {
    await image.decode();
  } catch (cause) {
    URL.revokeObjectURL(url);
    throw unreadable(file, 'Save it as JPEG or PNG, and open that.', cause);
  }
  return { kind: 'picture', element: image, lost: nothing, close: () => URL.revokeObjectURL(url) };
}

async function openVideo(file: File): Promise<FrameSource> {
  const url = URL.createObjectURL(file);
  const video = document.createElement('video');
  video.muted = true;
  video.loop = true;
  video.playsInline = true;
  video.src = url;
  video.setAttribute('aria-label', `Video ${file.name}`);
  const close = () => {
    video.removeAttribute('src');
    video.load();
    URL.revokeObjectURL(url);
  };
  try {
    await video.play();
  } catch (cause) {
    close();
    throw unreadable(file, 'Try a video in MP4 (H.264) or WebM.', cause);
  }
  const lost = new Promise<SourceProblem>((resolve) => {
    const onError = () => resolve(unreadable(file, 'Try another video.', video.error));
    video.addEventListener('error', onError, { once: true });
  });
  return { kind: 'video', element: video, lost, close };
}

function unreadable(file: File, hint: string, cause: unknown): SourceProblem {
  return new SourceProblem(
    'The file cannot be shown',
    `This browser cannot read ${file.name}.`,
    hint,
    cause,
  );
}

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type {
  LabelledPictures,
  PictureRequest,
  Pictures,
  PicturesByResolution,
  TrainingData,
} from '../trainer/data.ts';
import { renderView } from '../trainer/view.ts';
import { type Dataset, type LabelledImage, listImages, matchClasses } from './dataset.ts';
import { FrameCache } from './frameCache.ts';
import { mapInFlight } from './inFlight.ts';

export interface FolderDataOptions {
  readonly source: Dataset;
  /** A folder with pictures at any depth. */
  readonly target: string;
  /** Names by class index; the source's own, in its order, where absent. */
  readonly classes?: readonly string[] | undefined;
  /** Decoded pictures that are kept, of both domains together. */
  readonly cacheBytes?: number | undefined;
}

// All of Office-31's amazon (2817 pictures of 300 x 300) take this much.
const defaultCacheBytes = 2 ** 30;

/** Two keep the decoder's threads busy; more hold more memory. */
const picturesInFlight = 4;

/**
 * Training data from folders of pictures.
 * @throws RtfqError `DATASET_FORMAT` where a folder has no pictures, or a class is none of `classes`
 */
export async function openFolderData({
  source,
  target,
  classes = source.classes,
  cacheBytes = defaultCacheBytes,
}: FolderDataOptions): Promise<TrainingData> {
  const classIndices = matchClasses(source, classes);
  const images = source.images.map(({ path, classIndex }) => {
    return { path, classIndex: classIndices[classIndex]! };
  });
  const cache = new FrameCache(cacheBytes);
  return {
    classes,
    source: labelledPictures(images, cache),
    target: await unlabelledPictures(target, cache),
  };
}

export function labelledPictures(
  images: readonly LabelledImage[],
  cache: FrameCache,
): LabelledPictures {
  const paths = images.map(({ path }) => path);
  return { ...picturesOf(paths, cache), labelOf: (index) => images[index]!.classIndex };
}

/**
 * All pictures below a folder, ordered by what they show: their paths, which may tell the class, have no
 * influence on anything.
 * @throws RtfqError `DATASET_FORMAT` when there are none
 */
export async function unlabelledPictures(dir: string, cache: FrameCache): Promise<Pictures> {
  const paths = await listImages(dir);
  const digests = await mapInFlight(paths, picturesInFlight, async (path) =>
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex'),
  );
  const order = [...paths.keys()].sort((a, b) => (digests[a]! < digests[b]! ? -1 : 1));
  return picturesOf(
    order.map((index) => paths[index]!),
    cache,
  );
}

function picturesOf(paths: readonly string[], cache: FrameCache): Pictures {
  return {
    count: paths.length,
    load: (requests, resolutions) => renderRequests(paths, cache, requests, resolutions),
  };
}

async function renderRequests(
  paths: readonly string[],
  cache: FrameCache,
  requests: readonly PictureRequest[],
  resolutions: readonly number[],
): Promise<PicturesByResolution> {
  const pictures = new Map(
    resolutions.map((side) => [side, new Uint8Array(requests.length * side * side * 3)]),
  );
  await mapInFlight(requests, picturesInFlight, async ({ index, view }, i) => {
    const frame = await cache.frameOf(paths[index]!);
    // Lets the worker threads be served first: frames that were decoded before are no reason to wait.
    await setImmediate();
    for (const [side, bytes] of pictures) {
      bytes.set(renderView(frame, view, side), i * side * side * 3);
    }
  });
  return pictures;
}

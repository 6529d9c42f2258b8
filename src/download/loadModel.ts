import { RtfqError } from '../errors.ts';
import { filesOf } from '../model/manifest.ts';
import { expectManifest } from '../model/manifestIntegrity.ts';
import { type Model, openModel, type ReadOptions } from '../model/reader.ts';
import { readFilesBeside } from './diskFiles.ts';
import { fetchModelFrom } from './fetchModel.ts';
import { type CacheProblem, FileCache } from './fileCache.ts';
import { limitStalls } from './stallLimit.ts';

/** For `loadModel`. */
export interface LoadOptions extends ReadOptions {
  /** `sha256-BASE64` of the `model.json` that is meant; null, unless told, to take any. */
  readonly integrity?: string | null | undefined;
  /** Whether files are kept in the browser's cache storage for the next visit; true unless told. */
  readonly cache?: boolean | undefined;
  /** Files are downloaded that might have been kept; loading goes on. */
  readonly onCacheProblem?: ((problem: CacheProblem) => void) | undefined;
}

/**
 * Opens a model by its URL; packs and tables are read, and checked, when they are asked for.
 * @param url of `model.json`: absolute, or relative to the page. In Node a `file:` URL or, relative to the working
 *   directory, a path
 * @throws RtfqError `INVALID_ARGUMENT` | `MODEL_FETCH_FAILED` | `MODEL_FORMAT` | `MODEL_INTEGRITY` | `ABORTED`
 */
export async function loadModel(url: string | URL, options: LoadOptions = {}): Promise<Model> {
  const { integrity = null, cache: isKept = true, onCacheProblem, ...reading } = options;
  const modelUrl = absoluteUrl(url);
  if (modelUrl.protocol === 'file:') {
    return openModel(expectManifest(readFilesBeside(modelUrl), integrity), reading);
  }
  const cache = isKept
    ? await FileCache.open(modelUrl.href, (problem) => onCacheProblem?.(problem))
    : null;
  const readFile = limitStalls(fetchModelFrom(modelUrl.href, cache));
  const model = await openModel(expectManifest(readFile, integrity), reading);
  void cache?.keepOnly(filesOf(model.manifest));
  return model;
}

function absoluteUrl(url: string | URL): URL {
  try {
    return new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href ?? workingDir());
  } catch {
    throw new RtfqError('INVALID_ARGUMENT', 'the URL of the model', {
      got: String(url),
      expected: 'a URL',
    });
  }
}

function workingDir(): URL | undefined {
  const { process } = globalThis;
  return process?.getBuiltinModule?.('node:url').pathToFileURL(`${process.cwd()}/`);
}

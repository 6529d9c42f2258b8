import { type BackendChoice, RtfqError } from '../index.ts';

const shippedModel = 'models/office31-a2w-mobilenetv2/model.json';

export interface PageOptions {
  readonly model: URL;
  readonly backend: BackendChoice;
}

/**
 * The page's address may say which model and backend to take:
 * - `?model=URL` of a `model.json`, relative to the page and from the same server,
 *   since the page's security policy lets it fetch from nowhere else;
 * - `?backend=NAME`, any that `createClassifier` takes.
 * @throws RtfqError `INVALID_ARGUMENT`
 */
export function readPageOptions(pageUrl: string): PageOptions {
  const query = new URL(pageUrl).searchParams;
  return {
    model: readModel(query.get('model') ?? shippedModel, pageUrl),
    // createClassifier checks it, and names those there are.
    backend: (query.get('backend') ?? 'auto') as BackendChoice,
  };
}

function readModel(text: string, pageUrl: string): URL {
  const page = new URL(pageUrl);
  const model = tryUrl(text, page);
  if (model?.origin === page.origin) return model;
  throw new RtfqError('INVALID_ARGUMENT', 'This page cannot load that model.', {
    got: `?model=${text}`,
    expected: `an address below ${page.origin}`,
    hint: 'Put the model folder beside this page.',
  });
}

// URL.canParse is missing in Safari 16.
function tryUrl(text: string, base: URL): URL | null {
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ModelFiles } from '../../src/model/writer.ts';
import { tinyModelFiles } from './tinyModel.ts';

/** Where the server's variants of the tiny model lie. */
export const tinyModelRoot = '/__tiny-model';

/**
 * How a variant answers, by the folder's name: `good`; `noAccuracy` (a model that records none);
 * `stalled` (each weight pack stops half way, for good); `corrupted` (one bit of each pack flipped);
 * `truncated` and `overlong` packs; `cut` (each pack's connection breaks half way, each time); `liar` (more is announced
 * than a pack has, and the connection breaks at its end); `page` (a web page for each path); `missing` (404).
 */
export type TinyModelVariant =
  | 'good'
  | 'noAccuracy'
  | 'stalled'
  | 'corrupted'
  | 'truncated'
  | 'overlong'
  | 'cut'
  | 'liar'
  | 'page'
  | 'missing';

/** Path of a variant's model.json. */
export function tinyModelPath(variant: TinyModelVariant): string {
  return `${tinyModelRoot}/${variant}/model.json`;
}

/** A connect-style handler; passes on what lies elsewhere. */
export function tinyModelHandler(): (
  request: IncomingMessage,
  response: ServerResponse,
  next: () => void,
) => void {
  const files = tinyModelFiles();
  const withoutAccuracy = tinyModelFiles({ accuracies: false });
  return (request, response, next) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (!pathname.startsWith(`${tinyModelRoot}/`)) return next();
    const [variant = '', file = ''] = pathname.slice(tinyModelRoot.length + 1).split('/');
    void (variant === 'noAccuracy' ? withoutAccuracy : files).then((model) =>
      answer(response, variant as TinyModelVariant, file, model),
    );
  };
}

function answer(
  response: ServerResponse,
  variant: TinyModelVariant,
  file: string,
  files: ModelFiles,
): void {
  const bytes = files.get(file);
  if (variant === 'page') {
    response.setHeader('Content-Type', 'text/html; charset=utf-8').end('<!doctype html><p>Hello');
    return;
  }
  if (bytes === undefined || variant === 'missing') {
    response.statusCode = 404;
    response.end();
    return;
  }
  const isPack = file.startsWith('weights-');
  response.setHeader(
    'Content-Type',
    file.endsWith('.json') ? 'application/json' : 'application/octet-stream',
  );
  if (!isPack || variant === 'good' || variant === 'noAccuracy') {
    response.end(bytes);
    return;
  }
  const half = bytes.length >> 1;
  switch (variant) {
    case 'stalled':
      response.write(bytes.subarray(0, half));
      return;
    case 'corrupted':
      response.end(bytes.map((byte, i) => (i === half ? byte ^ 1 : byte)));
      return;
    case 'truncated':
      response.end(bytes.subarray(0, half));
      return;
    case 'overlong':
      response.write(bytes);
      response.end('more');
      return;
    case 'cut':
    case 'liar':
      response.setHeader('Content-Length', bytes.length + (variant === 'liar' ? 100 : 0));
      response.write(variant === 'liar' ? bytes : bytes.subarray(0, half));
      // Later, or what was written is lost as well.
      setTimeout(() => response.destroy(), 50);
      return;
    default:
      variant satisfies never;
  }
}

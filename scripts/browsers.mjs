// @ts-check
// Writes the table of docs/browsers.md: since which version browsers have what rtfq uses, by MDN's compatibility data.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import bcd from '@mdn/browser-compat-data' with { type: 'json' };

/** @typedef {import('@mdn/browser-compat-data').Identifier} Identifier */
/** @typedef {import('@mdn/browser-compat-data').BrowserName} BrowserName */

const root = join(fileURLToPath(import.meta.url), '../..');
export const browsersFile = join(root, 'docs/browsers.md');

/** @type {readonly (readonly [title: string, BrowserName])[]} */
const browsers = [
  ['Chrome', 'chrome'],
  ['Edge', 'edge'],
  ['Firefox', 'firefox'],
  ['Safari', 'safari'],
  ['Chrome Android', 'chrome_android'],
  ['Firefox Android', 'firefox_android'],
  ['Safari iOS', 'safari_ios'],
];

const { api, javascript, webassembly } = bcd;

/** @type {readonly (readonly [feature: string, Identifier | undefined, without: string])[]} */
const features = [
  ['module workers', api.Worker?.Worker?.ecmascript_modules, 'nothing runs'],
  ['`Object.hasOwn`', javascript.builtins?.Object?.hasOwn, 'nothing runs'],
  ['WebAssembly SIMD', webassembly['fixed-width-SIMD'], '`tfjs`, in floats'],
  ['relaxed SIMD', webassembly['relaxed-SIMD'], 'the SIMD128 build, slower'],
  ['WebGPU', api.GPU, '`wasm`'],
  ['`OffscreenCanvas`', api.OffscreenCanvas, '`UNSUPPORTED_IMAGE` for pictures'],
  ['`VideoFrame`', api.VideoFrame, 'cameras give `ImageBitmap`s'],
  ['`getUserMedia`', api.MediaDevices?.getUserMedia, 'no camera'],
  ['`MediaStreamTrackProcessor`', api.MediaStreamTrackProcessor, 'the `video` path'],
  [
    '`requestVideoFrameCallback`',
    api.HTMLVideoElement?.requestVideoFrameCallback,
    'frames by playback position',
  ],
  ['Cache API', api.CacheStorage, 'models are downloaded at each visit'],
  ['Battery Status', api.Navigator?.getBattery, 'nothing is saved on battery'],
  ['Compute Pressure', api.PressureObserver, 'only frames tell of a slower device'],
];

/** @param {Identifier | undefined} feature @param {BrowserName} browser */
function since(feature, browser) {
  const all = feature?.__compat?.support[browser];
  const [newest, ...older] = all === undefined ? [] : [all].flat();
  if (!newest) throw new Error(`no data for ${browser}`);
  const {
    version_added: version,
    version_removed: removed,
    partial_implementation: partial,
  } = newest;
  if (!version || version === 'preview' || removed || newest.flags) return 'no';
  if (partial) return `${version} in part`;
  // MDN has a part that became the whole as removed in the version that has the whole.
  const part = older.find(
    (entry) =>
      entry.partial_implementation &&
      !entry.flags &&
      !entry.prefix &&
      !entry.alternative_name &&
      (entry.version_removed ?? version) === version,
  );
  return part === undefined ? version : `${part.version_added} in part, ${version}`;
}

function table() {
  const titles = browsers.map(([title]) => title);
  return [
    `| | ${titles.join(' | ')} | without it |`,
    `|${'---|'.repeat(titles.length + 2)}`,
    ...features.map(([title, feature, without]) => {
      const versions = browsers.map(([, browser]) => since(feature, browser));
      return `| ${title} | ${versions.join(' | ')} | ${without} |`;
    }),
  ].join('\n');
}

const marked = /(<!-- support: .*? -->\n)[\s\S]*?(<!-- \/support -->)/;

/** The document with the table as the installed data has it. */
export function browsersText() {
  const text = readFileSync(browsersFile, 'utf8');
  if (!marked.test(text)) throw new Error(`${browsersFile} has no place for the table`);
  return text.replace(marked, (_, start, end) => `${start}${table()}\n${end}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(browsersFile, browsersText());

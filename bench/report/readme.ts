import { RtfqError } from '../../src/errors.ts';
import type { BenchRow, RuntimesResult } from '../runtimes/result.ts';
import { markdownTable } from './markdown.ts';
import type { BenchResult } from './result.ts';

const start = '<!-- benchmarks -->';
const end = '<!-- /benchmarks -->';

const names: Readonly<Record<BenchRow['runtime'], readonly [name: string, versionOf: string]>> = {
  rtfq: ['rtfq', ''],
  litert: ['LiteRT.js', '@litertjs/core'],
  onnxruntime: ['onnxruntime-web', 'onnxruntime-web'],
  tfjs: ['tfjs', '@tensorflow/tfjs-backend-wasm'],
};

/**
 * The text with what is between the marks replaced by the first comparison of runtimes.
 * @throws RtfqError `INVALID_ARGUMENT` where there are no marks, or no comparison
 */
export function fillReadme(text: string, results: readonly BenchResult[]): string {
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) {
    throw new RtfqError('INVALID_ARGUMENT', 'there is no place for the benchmarks', {
      expected: `a line ${start} and, after it, a line ${end}`,
    });
  }
  const comparison = results.find(({ kind }) => kind === 'runtimes');
  if (comparison?.kind !== 'runtimes') {
    throw new RtfqError('INVALID_ARGUMENT', 'no result compares runtimes', {
      got: results.map(({ kind }) => kind).join(', '),
      hint: 'npm run bench -- --json FILE.json',
    });
  }
  return `${text.slice(0, from + start.length)}\n${sectionOf(comparison)}\n${text.slice(to)}`;
}

function sectionOf({ network, resolution, environment, rows }: RuntimesResult): string {
  const { machine, chromium, jsFlags, versions, command } = environment;
  const flags = jsFlags === null ? '' : `, flags ${jsFlags}`;
  const intro =
    `${network} at ${resolution} px with random weights, the same for all, from pixels to logits: ${rows[0]!.runs} frames ` +
    `of each, in turns, in one headless Chromium ${chromium}${flags} on ${machine} (\`${command}\`). ` +
    '[docs/benchmarks.md](docs/benchmarks.md) has all figures and what was measured besides.';
  const table = markdownTable({
    heads: ['', 'median ms', 'minimum ms', 'code and model, gzip'],
    rows: rows.map((row) => [
      nameOf(row, versions),
      row.medianMs.toFixed(1),
      row.minMs.toFixed(1),
      `${(row.wireBytes / 1e6).toFixed(1)} MB`,
    ]),
  });
  return `${intro}\n\n${table}`;
}

function nameOf(
  { runtime, backend, precision, bits, threads }: BenchRow,
  versions: RuntimesResult['environment']['versions'],
): string {
  const [name, versionOf] = names[runtime];
  const version = versions[versionOf] === undefined ? '' : ` ${versions[versionOf]}`;
  const build = backend.includes('SIMD128') ? ' without relaxed SIMD' : '';
  const gpu = backend.startsWith('webgpu') ? ' on WebGPU' : '';
  const numbers = runtime === 'rtfq' ? `${bits} bit` : precision;
  const shared = threads > 1 ? `, ${threads} threads` : '';
  return `${name}${version}${build}${gpu}, ${numbers}${shared}`;
}

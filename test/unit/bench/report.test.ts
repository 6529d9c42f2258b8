import { describe, expect, test } from 'vitest';
import { renderMarkdown } from '../../../bench/report/markdown.ts';
import { renderPage } from '../../../bench/report/page.ts';
import { fillReadme } from '../../../bench/report/readme.ts';
import { type BenchResult, parseResult } from '../../../bench/report/result.ts';
import type { BenchRow, RuntimesResult } from '../../../bench/runtimes/result.ts';

const environment = {
  date: '2026-01-02T03:04:05.000Z',
  machine: 'a processor, 2 cores',
  chromium: '150.0',
  jsFlags: '--no-enable-avx-vnni',
  crossOriginIsolated: true,
  command: 'npm run bench -- runtimes --json x.json',
  versions: { rtfq: '0.1.0', 'onnxruntime-web': '1.30.0' },
};

function row(overrides: Partial<BenchRow>): BenchRow {
  return {
    runtime: 'rtfq',
    backend: 'wasm <fast>',
    threads: 1,
    precision: 'W8A8',
    bits: 8,
    firstMs: 100,
    wireBytes: 3_659_400,
    wasmBytes: 12_345_678,
    logitsDiffer: 0,
    medianMs: 10,
    p95Ms: 12,
    minMs: 9,
    runs: 100,
    ...overrides,
  };
}

const comparison: RuntimesResult = {
  kind: 'runtimes',
  environment,
  network: 'mobilenetv2',
  resolution: 224,
  inARow: 1,
  rows: [
    row({}),
    row({ threads: 2, medianMs: 6 }),
    row({ runtime: 'litert', precision: 'int8', medianMs: 15 }),
    row({ runtime: 'litert', precision: 'int8', threads: 2, medianMs: 9 }),
    row({ runtime: 'tfjs', precision: 'f32', bits: 32, medianMs: 40 }),
  ],
};

const roofline: BenchResult = {
  kind: 'roofline',
  environment,
  peaks: {
    macsPerSecond: { relaxedDot: 8e9, relaxedPairs: 4e9, wideDot: 2e9 },
    bandwidth: [{ name: 'cache', sizeBytes: 1024, bytesPerSecond: 5e10 }],
  },
  networks: [
    {
      ...{ network: 'made up', backend: 'wasm', width: 1, resolution: 32, bits: 8, frameMs: 3 },
      steps: [
        {
          ...{ name: 'first', kind: 'pointwise', kernels: ['convWide'], instruction: 'wideDot' },
          ...{ shape: '1 x 1', macs: 1e6, bytes: 1e6, medianMs: 2, minMs: 1 },
        },
      ],
    },
  ],
};

const subnets: BenchResult = {
  kind: 'subnets',
  environment,
  model: 'shipped',
  backend: 'wasm',
  rows: [
    { width: 1, resolution: 224, bits: 8, runs: 20, firstMs: 11, steadyMs: 10 },
    { width: 0.5, resolution: 160, bits: 4, runs: 20, firstMs: 6, steadyMs: 4 },
  ],
};

describe('the benchmarks as text', () => {
  const text = renderMarkdown([comparison, roofline, subnets]);
  const linesWith = (part: string) => text.split('\n').filter((line) => line.includes(part));

  test('has a row for each contender, with its figures and how much faster than the peers it is', () => {
    expect(
      linesWith('| wasm <fast> |').map((line) =>
        line
          .split('|')
          .map((cell) => cell.trim())
          .slice(3, -1),
      ),
    ).toEqual([
      ['W8A8', '1', '10.0', '12.0', '9.00', '100', '100', '3659', '12.3', '0.000', '1.50', '4.00'],
      ['W8A8', '2', '6.00', '12.0', '9.00', '100', '100', '3659', '12.3', '0.000', '1.50', '6.67'],
      ['int8', '1', '15.0', '12.0', '9.00', '100', '100', '3659', '12.3', '0.000', '1.00', '2.67'],
      ['int8', '2', '9.00', '12.0', '9.00', '100', '100', '3659', '12.3', '0.000', '1.00', '4.44'],
      ['f32', '1', '40.0', '12.0', '9.00', '100', '100', '3659', '12.3', '0.000', '0.38', '1.00'],
    ]);
  });

  test('says for each result where it comes from', () => {
    expect(linesWith('- Machine: a processor, 2 cores')).toHaveLength(3);
    expect(linesWith('flags --no-enable-avx-vnni, cross-origin isolated')).toHaveLength(3);
    expect(linesWith('rtfq 0.1.0, onnxruntime-web 1.30.0')).toHaveLength(3);
    expect(linesWith('2026-01-02: `npm run bench -- runtimes --json x.json`')).toHaveLength(3);
  });

  test('sums layers up by kind, against the peak', () => {
    expect(text).toContain('| pointwise | 1 | 1.0 | 1.000 | 100 | 1.0 | 50 | 1.0 |');
    expect(text).toContain('Pointwise layers reach 50 % of their instruction’s peak');
  });

  test('has every subnet, and what a switch costs', () => {
    expect(text).toContain('| 1.0,224,8 | 10.00 | 11.00 | 1.10 |');
    expect(text).toContain('at most 1.50');
  });
});

test('the page draws every result and escapes what it is given', () => {
  const page = renderPage([comparison, roofline, subnets]);
  expect(page.match(/<svg role="img"/g)).toHaveLength(6);
  expect(page).toContain('wasm &lt;fast&gt;');
  expect(page).not.toContain('wasm <fast>');
  expect(page).toContain('first, 1 x 1: 1.0 G MAC/s, 1.000 ms');
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test('a result is read back as it was written', () => {
  expect(parseResult(JSON.stringify(subnets), 'x.json')).toEqual(subnets);
});

test.each([
  ['no JSON', '{'],
  ['null', 'null'],
  ['another kind', '{"kind": "training"}'],
  ['no kind', '{"rows": []}'],
])('a file with %s is refused by name', (_, text) => {
  expect(() => parseResult(text, 'x.json')).toThrow(/x\.json is no result/);
});

describe('the README', () => {
  const text = 'Before.\n<!-- benchmarks -->\nold figures\n<!-- /benchmarks -->\nAfter.\n';

  test('gets the first comparison between its marks, and keeps the rest', () => {
    const filled = fillReadme(text, [subnets, comparison]);
    expect(filled).toMatch(/^Before\.\n<!-- benchmarks -->\nmobilenetv2 at 224 px/);
    expect(filled).toMatch(/\n<!-- \/benchmarks -->\nAfter\.\n$/);
    expect(filled).not.toContain('old figures');
    expect(filled).toContain('100 frames');
    expect(filled).toContain('a processor, 2 cores (`npm run bench -- runtimes --json x.json`)');
    expect(filled).toContain('| rtfq, 8 bit | 10.0 | 9.0 | 3.7 MB |');
    expect(filled).toContain('| rtfq, 8 bit, 2 threads | 6.0 | 9.0 | 3.7 MB |');
    expect(fillReadme(filled, [comparison])).toBe(filled);
  });

  test.each([
    ['without marks', 'Before.', [comparison]],
    ['with marks in the wrong order', '<!-- /benchmarks --><!-- benchmarks -->', [comparison]],
    ['without a comparison', text, [subnets]],
  ])('is refused %s', (_, given, results) => {
    expect(() => fillReadme(given, results)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});

import { describe, expect, test } from 'vitest';
import { type ReportData, renderReport } from '../../../../src/training/report/report.ts';
import type { LogRecord } from '../../../../src/training/trainer/train.ts';
import { tinyEvaluation } from '../../../support/tinyEvaluation.ts';
import { tinyRecipe } from '../../../support/tinyTrainee.ts';

const steps = 20;
const log = Array.from({ length: steps }, (_, i): LogRecord => {
  const losses = { sourceCrossEntropy: 2 - i / steps, informationMaximisation: -i / steps };
  return {
    step: i + 1,
    rateFactor: 1 - i / steps,
    durationMs: 1000,
    subnets: [
      { subnet: '1.0,24,8', losses },
      { subnet: '0.5,16,4', losses: { sourceCrossEntropy: 3 - i / steps } },
    ],
    gradientNorm: 5,
    confident: i / steps,
  };
});

function render(changed: Partial<ReportData> = {}): string {
  return renderReport({
    name: 'a run',
    recipe: tinyRecipe(),
    step: steps,
    log,
    provenance: null,
    evaluation: tinyEvaluation(),
    ...changed,
  });
}

const count = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].length;

/** The drawing with a name, as it stands in the page. */
function drawing(page: string, description: RegExp): string {
  const found = [...page.matchAll(/<svg [\s\S]*?<\/svg>/g)].map(([svg]) => svg);
  const own = found.find((svg) => description.test(/aria-label="([^"]*)"/.exec(svg)?.[1] ?? ''));
  if (own === undefined) throw new Error(`no drawing is described as ${description}`);
  return own;
}

describe('a report', () => {
  const page = render();

  test('has a point for every subnet, which says what it is', () => {
    const svg = drawing(page, /^Accuracy on drawn/);
    const titles = [...svg.matchAll(/<title>([^<]*)<\/title>/g)].map(([, title]) => title!);
    expect(titles).toHaveLength(8);
    expect(new Set(titles).size).toBe(8);
    expect(titles).toContain('1.0,24,8: 50.0 % at 0.0369 GBitOPs');
  });

  test('has a bar for each class that has pictures, of two subnets', () => {
    expect(count(drawing(page, /^Accuracy of 2 classes/), /<title>/g)).toBe(4);
    expect(page).toContain('aria-label="Accuracy of 2 classes for 1.0,24,8 and 0.5,16,4.');
  });

  test('has a row for every subnet, and marks those on the front', () => {
    const table = page.slice(page.indexOf('<h2>All subnets'), page.indexOf('<h2>Agreement'));
    expect(count(table, /<th scope="row">/g)).toBe(8);
    const front = table.split('<tr').filter((row) => row.includes('●'));
    expect(front.map((row) => /scope="row">([^<]*)/.exec(row)![1])).toEqual([
      '1.0,16,8',
      '1.0,16,4',
      '0.5,16,4',
    ]);
  });

  test('has the curves of every loss term, raw and smoothed', () => {
    const largest = drawing(page, /^Losses of the largest/);
    expect(largest).toContain('source cross entropy from');
    expect(largest).toContain('information maximisation from');
    // Lines in the colours of two terms, each twice.
    for (const series of [1, 2]) {
      const lines = new RegExp(`fill="none"[^>]*stroke="var\\(--series-${series}\\)"`, 'g');
      expect(count(largest, lines)).toBe(2);
    }
    for (const title of [
      'other subnets',
      'Gradient norm',
      'confident',
      'factor',
      'Time per step',
    ]) {
      drawing(page, new RegExp(title));
    }
  });

  test('loads nothing and runs nothing', () => {
    expect(page).not.toMatch(/<(?:script|link|img|iframe|object|embed|image|use)\b/);
    expect(page).not.toMatch(/\b(?:src|href|xlink:href|action)\s*=/);
    expect(page).not.toMatch(/@import|url\((?!#)/);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    // What is left are the names of namespaces.
    const addresses = new Set(page.match(/https?:\/\/[^\s"']*/g));
    expect([...addresses].sort()).toEqual([
      'http://www.w3.org/1999/xlink',
      'http://www.w3.org/2000/svg',
    ]);
  });

  test('closes what it opens and repeats no id', () => {
    for (const tag of ['section', 'figure', 'svg', 'table', 'details', 'div', 'dl', 'g', 'title']) {
      const opened = count(page, new RegExp(`<${tag}[ >]`, 'g'));
      expect([tag, count(page, new RegExp(`</${tag}>`, 'g'))]).toEqual([tag, opened]);
    }
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('escapes names', () => {
    const evaluation = tinyEvaluation({ dataset: '<script>alert(1)</script>' });
    const named = render({ name: '<img src=x>', evaluation });
    expect(named).not.toMatch(/<script|<img/);
    expect(named).toContain('&lt;script&gt;');
    const all = evaluation.subnets.map((subnet) => {
      const perClass = [0, 0, 10].map((total) => ({ correct: 0, total }));
      return { ...subnet, perClass };
    });
    const classes = render({ evaluation: { ...evaluation, subnets: all } });
    expect(classes).not.toContain('<b>');
    expect(classes).toContain('&lt;b&gt;&quot;cat&quot; &amp; co&lt;/b&gt;');
  });

  test('is the same for the same run', () => {
    expect(render() === page).toBe(true);
  });
});

describe('a report without an evaluation', () => {
  test('has the curves and says how to add the rest', () => {
    const page = render({ evaluation: null });
    expect(page).toContain('rtfq eval --run');
    expect(page).toContain('rtfq report --run');
    expect(page).not.toContain('All subnets');
    drawing(page, /^Losses of the largest/);
  });

  test('of an unfinished run says so', () => {
    const page = render({ evaluation: null, step: 7, log: log.slice(0, 7) });
    expect(page).toContain('Unfinished: step 7 of 20');
    expect(page).toContain('No model was made of this run yet');
  });

  test('of a run without a step has no curves', () => {
    expect(render({ evaluation: null, step: 0, log: [] })).toContain('No step was taken yet');
  });
});

test('an evaluation of one subnet is enough', () => {
  const one = tinyEvaluation();
  const page = render({ evaluation: { ...one, subnets: one.subnets.slice(0, 1) } });
  expect(count(drawing(page, /^Accuracy on drawn/), /<title>/g)).toBe(1);
  expect(page).not.toContain('NaN');
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cyclesIn, importsOf, type Sources, violationsIn } from '../support/importGraph.ts';

const sourceDir = join(import.meta.dirname, '../../src');

function readSources(): Sources {
  const names = readdirSync(sourceDir, { recursive: true, encoding: 'utf8' });
  return new Map(
    names
      .map((name) => name.replaceAll('\\', '/'))
      // AssemblyScript has no packages to import, and its decorators are no TypeScript.
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.as.ts'))
      .map((path) => [path, readFileSync(join(sourceDir, path), 'utf8')]),
  );
}

function planted(path: string, text: string): string[] {
  return violationsIn(new Map([[path, text]]));
}

describe('src', () => {
  const sources = readSources();

  test('is read', () => {
    expect(sources.has('errors.ts')).toBe(true);
  });

  test('imports only along the arrows of the architecture', () => {
    expect(violationsIn(sources)).toEqual([]);
  });

  test('has no cycle between files', () => {
    expect(cyclesIn(sources)).toEqual([]);
  });
});

describe('the import checker', () => {
  test('sees every form of import', () => {
    const text = `
      // import './comment.ts'
      const address = 'import "./string.ts"';
      import { a } from './a.ts';
      import type { B } from './b.ts';
      import { type C, type D } from './c.ts';
      import { type E, f } from './e.ts';
      import './sideEffect.ts';
      export * from './all.ts';
      export type { G } from './g.ts';
      type H = import('./h.ts').H;
      const i = await import('./i.ts');
    `;
    const seen = importsOf('x.ts', text).map(({ specifier, typesOnly }) => [specifier, typesOnly]);
    expect(new Map(seen as [string, boolean][])).toEqual(
      new Map([
        ['./a.ts', false],
        ['./b.ts', true],
        ['./c.ts', true],
        ['./e.ts', false],
        ['./sideEffect.ts', false],
        ['./all.ts', false],
        ['./g.ts', true],
        ['./h.ts', true],
        ['./i.ts', false],
      ]),
    );
  });

  test.each([
    ['an arrow backwards', 'quant/round.ts', `import { a } from '../model/reader.ts';`],
    ['a dynamic import backwards', 'kernels/a.ts', `await import('../backends/open.ts');`],
    ['a type backwards', 'model/a.ts', `import type { A } from '../network/plan.ts';`],
    ['a re-export backwards', 'model/a.ts', `export * from '../network/plan.ts';`],
    ['a value through types', 'budget/a.ts', `import { a } from '../network/plan.ts';`],
    ['the client reaching the host', 'client/a.ts', `import type { A } from '../worker/host.ts';`],
    ['the demo behind the index', 'demo/main.ts', `import { a } from '../client/classifier.ts';`],
    ['React outside its entry', 'client/a.ts', `import { useState } from 'react';`],
    ['a folder nobody knows', 'misc/a.ts', `import { a } from '../errors.ts';`],
    ['a file outside src', 'cli/main.ts', `import a from '../../package.json';`],
    ['tfjs in the runtime', 'runtime/a.ts', `import type { Tensor } from '@tensorflow/tfjs';`],
    ['comlink outside the bridge', 'runtime/a.ts', `import { wrap } from 'comlink';`],
    ['Node in browser code', 'training/a.ts', `import { readFile } from 'node:fs/promises';`],
    ['Node without its prefix', 'model/a.ts', `import { join } from 'path';`],
    ['an undeclared package', 'model/a.ts', `import chalk from 'chalk';`],
    ['a computed import', 'model/a.ts', 'await import(name);'],
  ])('catches %s', (_, path, text) => {
    const violations = planted(path, text);
    expect(violations).toHaveLength(1);
    expect(violations[0]).toContain(`src/${path}`);
  });

  test.each([
    ['errors from everywhere', 'budget/a.ts', `import { RtfqError } from '../errors.ts';`],
    ['a neighbour', 'quant/a.ts', `import { b } from './b.ts';`],
    ['quant through kernels', 'backends/wasm/a.ts', `import { a } from '../../quant/round.ts';`],
    ['types through types', 'client/a.ts', `import type { A } from '../network/subnet.ts';`],
    ['tfjs in training', 'training/a.ts', `import * as tf from '@tensorflow/tfjs-core';`],
    ['Node in the CLI', 'cli/main.ts', `import { readFile } from 'node:fs/promises';`],
    ['a shader as text', 'kernels/a.ts', `import shader from './a.wgsl?raw';`],
  ])('allows %s', (_, path, text) => {
    expect(planted(path, text)).toEqual([]);
  });

  test('names the file, the import and the rule', () => {
    expect(planted('quant/a.ts', `import { b } from '../model/b.ts';`)).toEqual([
      "src/quant/a.ts imports '../model/b.ts': quant may not import model",
    ]);
  });

  test('catches a cycle', () => {
    const sources = new Map([
      ['quant/a.ts', `import './b.ts';`],
      ['quant/b.ts', `import './c.ts';`],
      ['quant/c.ts', `import type { A } from './a.ts';`],
    ]);
    expect(cyclesIn(sources)).toEqual([
      'src/quant/a.ts -> src/quant/b.ts -> src/quant/c.ts -> src/quant/a.ts',
    ]);
  });
});

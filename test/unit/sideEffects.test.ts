import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { expect, test } from 'vitest';

const worker = fileURLToPath(new URL('../../src/worker/main.ts', import.meta.url));

test('a bundler keeps the worker’s script where an own worker imports it for its effect', async () => {
  const entry = 'own-worker';
  const bundle = await rolldown({
    input: entry,
    // All packages, and WGSL, which a plugin of the package's own build turns into text.
    external: (id) => id !== entry && (/^[\w@]/.test(id) || id.includes('.wgsl')),
    plugins: [
      {
        name: 'own-worker',
        resolveId: (id) => (id === entry ? id : null),
        load: (id) => (id === entry ? `import ${JSON.stringify(worker)};` : null),
      },
    ],
  });
  const { output } = await bundle.generate({ format: 'es' });
  expect(output[0].code).toContain('holdLock');
  await bundle.close();
});

import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';
import { writeServiceWorker } from './scripts/offline.mjs';

const root = import.meta.dirname;

function canOpenBrowser(): boolean {
  if (process.env.CI) return false;
  if (process.platform !== 'linux') return true;
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

/**
 * In development Vite serves models/ as it lies in the root; a build has to bring it along. The service worker comes
 * last: it lists the files.
 */
function completeSite(): Plugin {
  return {
    name: 'rtfq:complete-site',
    apply: 'build',
    async writeBundle({ dir }) {
      if (!dir) return;
      await cp(join(root, 'models'), join(dir, 'models'), { recursive: true });
      await cp(join(root, 'NOTICE'), join(dir, 'NOTICE'));
      await writeServiceWorker(dir);
    },
  };
}

export default defineConfig({
  root,
  // The demo must work from any path of a static host.
  base: './',
  plugins: [completeSite()],
  server: { open: canOpenBrowser() },
  worker: { format: 'es' },
  optimizeDeps: {
    // Behind dynamic imports: found late, they would make the page reload.
    include: [
      'comlink',
      'uplot',
      'valibot',
      '@tensorflow/tfjs',
      '@tensorflow/tfjs-core',
      '@tensorflow/tfjs-backend-wasm',
      '@tensorflow/tfjs-backend-webgpu',
    ],
  },
  build: { outDir: 'dist-demo', target: 'es2022', sourcemap: true },
});

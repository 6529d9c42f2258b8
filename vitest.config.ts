import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import {
  chromiumFlags,
  fakeCameraFlags,
  locateChromium,
  softwareVideoFlags,
  softwareWebgpuFlags,
} from './scripts/chromium.mjs';
import { setCameraPermission } from './test/support/cameraPermission.ts';
import { CountReporter } from './test/support/countReporter.ts';
import { serveSharedPhotographs } from './test/support/serveSharedPhotographs.ts';
import { serveTinyModel } from './test/support/serveTinyModel.ts';

const executablePath = locateChromium();

function chromiumWith(...args: string[]) {
  return playwright({
    launchOptions: {
      ...(executablePath ? { executablePath } : {}),
      args: [...chromiumFlags, ...softwareWebgpuFlags, ...fakeCameraFlags, ...args],
    },
  });
}

// Apart: the flags that they need make everything else slower.
const videoTests = ['test/browser/webgpuVideo.test.ts'];

// Found late, a dependency makes Vite reload the page in the middle of a test.
const browserDependencies = [
  'comlink',
  'valibot',
  'fast-check',
  'react',
  'react-dom/client',
  '@tensorflow/tfjs',
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-backend-webgpu',
];

// What pages need to have threads.
const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** What the projects that run on pages have in common. */
const onPages = {
  testTimeout: 60_000,
  hookTimeout: 60_000,
  fileParallelism: false,
  sequence: { groupOrder: 1 },
};
const headlessChromium = {
  enabled: true,
  headless: true,
  screenshotFailures: false,
  provider: chromiumWith(),
};

export default defineConfig({
  test: {
    reporters: ['default', new CountReporter()],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          environment: 'node',
          include: ['test/unit/**/*.test.ts'],
          // They begin sooner than processes: `npm run check` is to take less than two minutes.
          pool: 'threads',
          // Against what hangs, and no more: a busy machine takes many times what a quiet one does.
          testTimeout: 600_000,
          hookTimeout: 600_000,
          // One core less is the usual number: of two, half.
          maxWorkers: '100%',
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        plugins: [serveTinyModel(), serveSharedPhotographs()],
        optimizeDeps: { include: browserDependencies },
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          ...onPages,
          browser: {
            ...headlessChromium,
            commands: { setCameraPermission },
            instances: [
              { browser: 'chromium', exclude: videoTests },
              {
                browser: 'chromium',
                name: 'browser (chromium, video on the GPU)',
                include: videoTests,
                provider: chromiumWith(...softwareVideoFlags),
              },
            ],
          },
        },
      },
      {
        extends: true,
        plugins: [serveTinyModel()],
        optimizeDeps: { include: browserDependencies },
        server: { headers: isolationHeaders },
        test: {
          name: 'isolated',
          include: ['test/isolated/**/*.test.ts'],
          ...onPages,
          browser: {
            ...headlessChromium,
            instances: [{ browser: 'chromium' }],
          },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          environment: 'node',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});

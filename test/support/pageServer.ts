import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'vite';
import { startLocalServer } from './localServer.ts';
import { tinyModelHandler } from './tinyModelServer.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

// package.json promises that imports have no effects; those of tests are made for theirs.
const keepEffects: Plugin = {
  name: 'rtfq:keep-effects',
  transform: () => ({ moduleSideEffects: true }),
};

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
};

export interface PageServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Bundles a page and serves it as a static host would, beside the tiny model and the repository's models. Unlike
 * Vite's server it keeps no socket to the page, which would keep it from the back-forward cache.
 * @param page path of an HTML file in the repository, from its root
 */
export async function servePage(page: string): Promise<PageServer> {
  const folder = await mkdtemp(join(tmpdir(), 'rtfq-page-'));
  await build({
    configFile: false,
    root,
    publicDir: false,
    logLevel: 'error',
    plugins: [keepEffects],
    worker: { format: 'es', plugins: () => [keepEffects] },
    build: {
      outDir: folder,
      target: 'es2022',
      reportCompressedSize: false,
      rolldownOptions: { input: join(root, page) },
    },
  });
  const tinyModel = tinyModelHandler();
  const server = await startLocalServer((request, response) =>
    tinyModel(request, response, async () => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      const path = normalize(decodeURIComponent(pathname));
      try {
        const bytes = await readFile(join(path.startsWith('/models/') ? root : folder, path));
        const type = contentTypes[extname(path)] ?? 'application/octet-stream';
        response.setHeader('Content-Type', type).end(bytes);
      } catch {
        response.statusCode = 404;
        response.end();
      }
    }),
  );
  return {
    url: `http://localhost:${server.port}/${page}`,
    async close() {
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}

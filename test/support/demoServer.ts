import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { startLocalServer } from './localServer.ts';

/** Not the root: the page has to work wherever a static host puts it. */
const mount = '/some/where/';

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
};

export interface DemoServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Builds the demo and serves it from a sub-path, as a static host would. */
export async function serveDemo(): Promise<DemoServer> {
  const folder = await mkdtemp(join(tmpdir(), 'rtfq-demo-'));
  await build({
    configFile: fileURLToPath(new URL('../../vite.config.ts', import.meta.url)),
    logLevel: 'warn',
    build: { outDir: folder, emptyOutDir: true, reportCompressedSize: false, sourcemap: false },
  });
  const server = await startLocalServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = pathname === mount ? `${mount}index.html` : pathname;
    try {
      if (!path.startsWith(mount)) throw new Error('outside of the page');
      const file = join(folder, normalize(decodeURIComponent(path.slice(mount.length - 1))));
      const bytes = await readFile(file);
      response.setHeader('Content-Type', contentTypes[extname(file)] ?? 'application/octet-stream');
      response.end(bytes);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  return {
    url: `http://localhost:${server.port}${mount}`,
    async close() {
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}

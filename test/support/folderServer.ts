import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { type LocalServer, startLocalServer } from './localServer.ts';

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.jpg': 'image/jpeg',
};

/** Serves a folder, each file with the given headers besides. */
export class FolderServer {
  readonly url: string;
  readonly #server: LocalServer;

  private constructor(server: LocalServer) {
    this.#server = server;
    this.url = `http://localhost:${server.port}/`;
  }

  static async start(
    folder: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<FolderServer> {
    const server = await startLocalServer(async (request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      const path = normalize(pathname.endsWith('/') ? `${pathname}index.html` : pathname);
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      try {
        const bytes = await readFile(join(folder, path));
        const type = contentTypes[extname(path)] ?? 'application/octet-stream';
        response.setHeader('Content-Type', type).end(bytes);
      } catch {
        response.statusCode = 404;
        response.end();
      }
    });
    return new FolderServer(server);
  }

  close(): Promise<void> {
    return this.#server.close();
  }
}

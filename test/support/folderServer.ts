import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.jpg': 'image/jpeg',
};

/** Serves a folder, each file with the given headers besides. */
export class FolderServer {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://localhost:${(server.address() as AddressInfo).port}/`;
  }

  static async start(
    folder: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<FolderServer> {
    const server = createServer(async (request, response) => {
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
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FolderServer(server);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { sharedDir } from './sharedData.ts';

/** What there is to test on. */
export interface Photographs {
  /** 0 where there is no shared data. */
  readonly photographCount: number;
  /** Whether each is to be seen at every bit-width: asked for by `RTFQ_THOROUGH=1`. */
  readonly isThorough: boolean;
}

/**
 * Serves 100 photographs of the webcam data set, spread over its classes, to browser tests: the path with a
 * number is a photograph, the path by itself tells of them (`Photographs`).
 */
export function serveSharedPhotographs(): Plugin {
  const root = '/__photographs/';
  return {
    name: 'rtfq:serve-shared-photographs',
    configureServer(server) {
      const paths = sharedDir === null ? [] : spread(photographsIn(sharedDir), 100);
      server.middlewares.use((request, response, next) => {
        if (!request.url?.startsWith(root)) return next();
        const number = request.url.slice(root.length);
        if (number === '') {
          const told: Photographs = {
            photographCount: paths.length,
            isThorough: process.env.RTFQ_THOROUGH === '1',
          };
          response.setHeader('Content-Type', 'application/json').end(JSON.stringify(told));
          return;
        }
        const path = paths[Number(number)];
        if (path === undefined) return next();
        readFile(path).then((bytes) => response.end(bytes), next);
      });
    },
  };
}

function photographsIn(dir: string): readonly string[] {
  const webcam = join(dir, 'data/office31/webcam');
  const files = readdirSync(webcam, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.jpg'))
    .sort()
    .map((file) => join(webcam, file));
}

function spread<T>(all: readonly T[], count: number): readonly T[] {
  return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]!);
}

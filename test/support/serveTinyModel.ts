import type { Plugin } from 'vite';

/**
 * Serves the tiny model's variants to browser tests, from the page's own origin. The package's code is
 * loaded with the first request, not with Vitest's configuration, which has to load whatever the code is like.
 */
export function serveTinyModel(): Plugin {
  type Server = typeof import('./tinyModelServer.ts');
  return {
    name: 'rtfq:serve-tiny-model',
    configureServer(server) {
      let handler: Promise<ReturnType<Server['tinyModelHandler']>> | null = null;
      const load = async () => {
        const loaded = await server.ssrLoadModule('/test/support/tinyModelServer.ts');
        return (loaded as Server).tinyModelHandler();
      };
      server.middlewares.use((request, response, next) => {
        if (!request.url?.startsWith('/__tiny-model/')) return next();
        handler ??= load();
        handler.then((handle) => handle(request, response, next), next);
      });
    },
  };
}

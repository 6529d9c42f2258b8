// The worker's script, of which each copy holds a Web Lock as long as it lives.
import '../../src/worker/main.ts';

const name = `thread ${crypto.randomUUID()}`;
navigator.locks.request(name, () => new Promise<never>(() => {})).catch(() => {});

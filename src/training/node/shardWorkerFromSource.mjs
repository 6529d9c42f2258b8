// Starts shardWorker.ts where the sources run as they are; the package has the built one in its place.
import { register } from 'tsx/esm/api';

register();
await import('./shardWorker.ts');

import { basename, isAbsolute } from 'node:path';

/** The command as it was typed; a model must not tell where on a disk it was made. */
export function describeCommand(argv: readonly string[]): string {
  return ['rtfq', ...argv.map((word) => (isAbsolute(word) ? basename(word) : word))].join(' ');
}

import { basename, isAbsolute } from 'node:path';

/** The command as it was typed; a model must not tell where on a disk it was made. */
export function describeCommand(argv: readonly string[]): string {
  return ['rtfq', ...argv.map(withoutFolders)].join(' ');
}

/** A word of a command line; of an absolute path, `--option=PATH` too, only the last name is left. */
export function withoutFolders(word: string): string {
  if (isAbsolute(word)) return basename(word);
  const [, option, value] = /^(-[^=]*=)(.*)$/s.exec(word) ?? [];
  return value !== undefined && isAbsolute(value) ? `${option}${basename(value)}` : word;
}

import type { RtfqError } from '../errors.ts';

/** An error for a terminal: what went wrong, then what was expected, what was got and what to do. */
export function describeError({ code, summary, expected, got, hint }: RtfqError): string {
  const lines = [
    `error: ${summary} [${code}]`,
    expected === undefined ? '' : `  expected: ${expected}`,
    got === undefined ? '' : `  got:      ${got}`,
    hint === undefined ? '' : `  hint:     ${hint}`,
  ];
  return lines.filter(Boolean).join('\n');
}

import type { z } from 'zod';

/** What comes behind the name of a field that is missing. */
export const REQUIRED = 'is required';

const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'an integer',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/**
 * The words for a value that is missing or of the wrong type, for `safeParse(value, { error: wrongType })`: what comes
 * behind the name of the field. Other faults keep the words that their schema or the library has for them.
 */
export function wrongType({ code, input, ...issue }: z.core.$ZodRawIssue): string | undefined {
  if (code !== 'invalid_type') return undefined;
  if (input === undefined) return REQUIRED;
  const expected = 'expected' in issue ? String(issue.expected) : '';
  return expected in TYPES ? `must be ${TYPES[expected]}` : undefined;
}

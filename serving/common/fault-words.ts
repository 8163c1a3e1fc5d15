import type { z } from 'zod';
import { nearestName } from './nearest-name.ts';

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
/** Longer names are not compared with the known ones, and are not repeated. */
const LONGEST_NAME = 100;

/**
 * The words for a fault, for `safeParse(value, { error: faultWords })`: what comes behind the name of the field. A schema
 * that has words of its own keeps them.
 */
export function faultWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue);
    case 'too_small':
      return `must ${atLeast(Number(issue.minimum), issue.origin)}`;
    case 'too_big':
      return `must ${atMost(Number(issue.maximum), issue.origin)}`;
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'unrecognized_keys':
      return unknownField(issue.keys[0] ?? '', issue.inst);
    case 'invalid_key':
      return `the name of the field ${issue.issues[0]?.message ?? 'is not valid'}`;
    // Schemas with such faults have words of their own.
    case 'custom':
    case 'invalid_element':
    case 'invalid_format':
    case 'invalid_union':
    case 'not_multiple_of':
      return undefined;
  }
}

function wrongType({ input, expected }: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidType>): string | undefined {
  if (input === undefined) return REQUIRED;
  const words = TYPES[expected];
  if (words === undefined) return undefined;
  const isUnquoted = expected === 'string' && (typeof input === 'number' || typeof input === 'boolean');
  return `must be ${words}${isUnquoted ? `, not the ${typeof input} ${String(input)}: put it in quotes` : ''}`;
}

function atLeast(least: number, origin: string): string {
  if (origin === 'string' || origin === 'array') return least === 1 ? 'not be empty' : `have at least ${counted(least, origin)}`;
  return `be at least ${least}`;
}

function atMost(most: number, origin: string): string {
  return origin === 'string' || origin === 'array' ? `have at most ${counted(most, origin)}` : `be at most ${most}`;
}

function counted(count: number, origin: 'string' | 'array'): string {
  const [one, more] = origin === 'string' ? ['character', 'characters'] : ['entry', 'entries'];
  return `${count} ${count === 1 ? one : more}`;
}

/** @param schema of the object that has the field */
function unknownField(name: string, schema: z.core.$ZodRawIssue['inst']): string {
  const known = Object.keys((schema as { _zod?: { def?: { shape?: object } } } | undefined)?._zod?.def?.shape ?? {});
  const meant = name.length > LONGEST_NAME ? undefined : nearestName(name, known);
  const advice = meant === undefined ? `the fields are ${known.join(', ')}` : `${meant} is probably meant`;
  return `must not have the field ${JSON.stringify(name.slice(0, LONGEST_NAME))}; ${advice}`;
}

import type { z } from 'zod';

import { Problem } from '../problems.ts';

/** A list of many wrong values must not be answered with a far longer list of faults. */
const MAX_FAULTS = 10;

/**
 * Parses and checks a JSON body.
 * @param body what the caller sent
 * @throws Problem InvalidJson, or InvalidRequest naming the first faulty fields
 */
export function parseBody<T>(schema: z.ZodType<T>, body: Buffer): T {
  return checkSchema(schema, parseJson(body));
}

/** @throws Problem InvalidRequest naming the first faulty fields */
export function checkSchema<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.slice(0, MAX_FAULTS).map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
  const sentences = errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  throw new Problem('InvalidRequest', `${sentences.join('; ')}.`, errors);
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new Problem('InvalidJson', 'The body cannot be parsed as JSON.');
  }
}

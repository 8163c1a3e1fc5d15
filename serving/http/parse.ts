import { isUtf8 } from 'node:buffer';
import type { z } from 'zod';
import { Problem } from '../common/problems.ts';
import { faultWords } from '../common/fault-words.ts';

/** A list of many wrong values must not be answered with a far longer list of faults. */
const MAX_FAULTS = 10;
/** Characters of each, as they may tell what the caller sent. */
const MAX_FAULT = 300;
/** No request here needs more than a few. */
const MAX_DEPTH = 32;

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
  const parsed = schema.safeParse(value, { error: faultWords });
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, MAX_FAULTS);
  const errors = issues.map((issue) => ({ path: short(issue.path.join('.')), message: short(issue.message) }));
  const sentences = errors.map(({ path, message }) => {
    if (path !== '') return `${path}: ${message}`;
    return message.startsWith('must') ? `The body ${message}` : message;
  });
  throw new Problem('InvalidRequest', `${sentences.join('; ')}.`, errors);
}

function short(text: string): string {
  return text.length > MAX_FAULT ? `${text.slice(0, MAX_FAULT)}…` : text;
}

function parseJson(body: Buffer): unknown {
  // Otherwise two different ids could be read as the same one.
  if (!isUtf8(body)) throw new Problem('InvalidJson', 'The body must be UTF-8.');
  if (isNestedDeeper(body, MAX_DEPTH)) {
    throw new Problem('InvalidRequest', `The body must not be nested more than ${MAX_DEPTH} levels deep.`);
  }
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    throw new Problem('InvalidJson', 'The body is not valid JSON.');
  }
}

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = Buffer.from('"\\[]{}');

/** Whether lists and objects are nested in more than `limit` levels; looks at the text, before anything is made of it. */
export function isNestedDeeper(body: Buffer, limit: number): boolean {
  if (body.length <= limit) return false;
  let depth = 0;
  let isText = false;
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at];
    if (isText) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) isText = false;
    } else if (byte === QUOTE) isText = true;
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      depth += 1;
      if (depth > limit) return true;
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth -= 1;
  }
  return false;
}

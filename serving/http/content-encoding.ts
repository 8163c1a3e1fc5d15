import type { IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { Problem } from '../common/problems.ts';

const EXPANDERS = { gzip: promisify(gunzip), deflate: promisify(inflate) };
type Coding = keyof typeof EXPANDERS;

/** Names of RFC 9110, section 8.4.1: `x-gzip` is gzip, and `identity` is what is not compressed. */
const CODINGS: Readonly<Record<string, Coding | 'identity'>> = {
  gzip: 'gzip', 'x-gzip': 'gzip', deflate: 'deflate', identity: 'identity', '': 'identity',
};
export const ACCEPTED_CODINGS = Object.keys(EXPANDERS).join(', ');
/** Of a coding that nobody knows. */
const LONGEST_TOLD = 40;

/**
 * @returns how the body is compressed; undefined = not at all
 * @throws Problem UnsupportedMediaType
 */
export function codingOf({ 'content-encoding': given }: IncomingHttpHeaders): Coding | undefined {
  if (given === undefined) return undefined;
  const name = given.trim().toLowerCase();
  const coding = Object.hasOwn(CODINGS, name) ? CODINGS[name] : undefined;
  if (coding !== undefined) return coding === 'identity' ? undefined : coding;
  const sentence = `"content-encoding: ${given.slice(0, LONGEST_TOLD)}" is not supported; use gzip, deflate, or no compression.`;
  // Only for codings: with other reasons for a 415 the header must not be sent (RFC 9110, section 12.5.3).
  throw new Problem('UnsupportedMediaType', sentence, [], { 'accept-encoding': ACCEPTED_CODINGS });
}

/**
 * Expands a body off the event loop, and no further than to `maxBytes`, whatever it would become.
 * @param tooLarge what is thrown for one that would become larger
 * @throws Problem InvalidRequest when it is not compressed as it says
 */
export async function expand(body: Buffer, coding: Coding, maxBytes: number, tooLarge: () => Problem): Promise<Buffer> {
  try {
    return await EXPANDERS[coding](body, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new Problem('InvalidRequest', `The body is not the ${coding} data that "content-encoding" announces, or ends before it is complete.`);
  }
}

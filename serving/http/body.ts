import type { IncomingMessage } from 'node:http';
import { Problem } from '../common/problems.ts';
import { codingOf, expand } from './content-encoding.ts';

/** Largest body of a scoring or feedback request, bytes, expanded: the longest lists of UUIDs and the longest text fit in together. */
export const MAX_BODY = 128 * 1024;

const MAX_CHUNKS = 128;
const JSON_TYPE = /^application\/json\s*(;|$)/i;

/**
 * Reads a JSON body into memory; but for compression the bytes are kept as they came, since a forwarded request carries the very
 * body of the caller.
 * @throws Problem UnsupportedMediaType, BodyTooLarge, or Abandoned when the caller went away in the middle
 */
export function readJsonBody(request: IncomingMessage, maxBytes = MAX_BODY): Promise<Buffer> {
  if (!JSON_TYPE.test(request.headers['content-type'] ?? '')) {
    throw new Problem('UnsupportedMediaType', 'Send a JSON object with the header "content-type: application/json".');
  }
  return readBody(request, maxBytes);
}

/**
 * Reads a body of any type into memory, and expands it.
 * @param maxBytes of what is sent and of what becomes of it
 * @throws Problem UnsupportedMediaType, BodyTooLarge, InvalidRequest when it cannot be expanded
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const coding = codingOf(request.headers);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const body = collect(request, maxBytes);
  return coding === undefined ? body : body.then((compressed) => expand(compressed, coding, maxBytes, () => tooLarge(maxBytes)));
}

function collect(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  let chunks: Buffer[] = [];
  let size = 0;
  function keep(chunk: Buffer): void {
    size += chunk.length;
    if (size > maxBytes) {
      request.off('data', keep).pause();
      return reject(tooLarge(maxBytes));
    }
    chunks.push(chunk);
    // A body that comes byte by byte would take a hundred times its size.
    if (chunks.length === MAX_CHUNKS) chunks = [Buffer.concat(chunks)];
  }
  request.on('data', keep);
  request.once('end', () => resolve(chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks)));
  request.once('error', () => reject(new Problem('InvalidJson', 'The body ended before it was complete.')));
  return promise;
}

function tooLarge(maxBytes: number): Problem {
  return new Problem('BodyTooLarge', `The body must not be larger than ${Math.floor(maxBytes / 1024)} KiB.`);
}

import type { IncomingMessage } from 'node:http';
import { Problem } from '../common/problems.ts';

/** Largest body of a scoring or feedback request, bytes. */
export const MAX_BODY = 64 * 1024;

const MAX_CHUNKS = 128;
const JSON_TYPE = /^application\/json\s*(;|$)/i;

/**
 * Reads a JSON body into memory; the bytes are kept as they came, since a forwarded request carries the very body of
 * the caller.
 * @throws Problem UnsupportedMediaType, BodyTooLarge, or Abandoned when the caller went away in the middle
 */
export function readJsonBody(request: IncomingMessage, maxBytes = MAX_BODY): Promise<Buffer> {
  if (!JSON_TYPE.test(request.headers['content-type'] ?? '')) {
    throw new Problem('UnsupportedMediaType', 'Send a JSON object with the header "content-type: application/json".');
  }
  return readBody(request, maxBytes);
}

/**
 * Reads a body of any type into memory.
 * @throws Problem UnsupportedMediaType when it is compressed, BodyTooLarge
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (request.headers['content-encoding'] !== undefined) {
    throw new Problem('UnsupportedMediaType', 'Compressed bodies are not supported; send the body without "content-encoding".');
  }
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  return collect(request, maxBytes);
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

import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { HEADERS } from '../contract/http.ts';

const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** The id of a request that has entered. */
export function requestIdOf(request: IncomingMessage): string {
  return String(request.headers[HEADERS.requestId]);
}

/** Takes the caller's own id where it is harmless, and leaves it among the request's headers. */
export function identify(request: IncomingMessage): void {
  const given = request.headers[HEADERS.requestId];
  if (typeof given !== 'string' || !REQUEST_ID.test(given)) request.headers[HEADERS.requestId] = randomUUID();
}

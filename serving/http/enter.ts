import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { HEADERS } from '../contract.ts';
import type { Parts } from '../parts.ts';

const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** The first thing that happens to every request: it gets its id, and its answer the headers that all answers carry. */
export type Enter = (request: IncomingMessage, response: ServerResponse) => void;

export function createEnter({ config, state, splitter }: Pick<Parts, 'config' | 'state' | 'splitter'>): Enter {
  return (request, response) => {
    response.setHeader(HEADERS.requestId, identify(request));
    response.setHeader(HEADERS.version, config.version);
    response.setHeader(HEADERS.digest, config.digest);
    // Callers keep connections, and a connection keeps its pod: one that is going or replaced asks them to reconnect.
    if (state.draining || splitter?.isReplaced() === true) response.setHeader('Connection', 'close');
  };
}

/** The id of a request that has entered. */
export function requestIdOf(request: IncomingMessage): string {
  return String(request.headers[HEADERS.requestId]);
}

/** Takes the caller's own id where it is harmless, and leaves it among the request's headers. */
function identify(request: IncomingMessage): string {
  const given = request.headers[HEADERS.requestId];
  const id = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
  request.headers[HEADERS.requestId] = id;
  return id;
}

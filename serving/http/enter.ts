import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { HEADERS } from '../contract.ts';
import type { Parts } from '../parts.ts';
import { Problem } from '../problems.ts';
import { createCrossOrigin } from './cross-origin.ts';
import { sendProblem } from './respond.ts';
import { securityHeaders } from './security-headers.ts';

const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;
/** Node drops headers beyond a limit without a word, and one of them may have been the credentials. */
export const MAX_HEADERS = 100;

/**
 * The first thing that happens to every request: it gets its id, and its answer the headers that all answers carry.
 * @returns whether it goes on; false = it has been answered
 */
export type Enter = (request: IncomingMessage, response: ServerResponse) => boolean;

export function createEnter({ config, state, splitter }: Pick<Parts, 'config' | 'state' | 'splitter'>): Enter {
  const crossOrigin = createCrossOrigin(config.corsOrigins);
  const fixed = [...securityHeaders(config.corsOrigins.length > 0), [HEADERS.version, config.version], [HEADERS.digest, config.digest]] as const;
  return (request, response) => {
    response.setHeader(HEADERS.requestId, identify(request));
    for (const [name, value] of fixed) response.setHeader(name, value);
    // Callers keep connections, and a connection keeps its pod: one that is going or replaced asks them to reconnect.
    if (state.draining || splitter?.isReplaced() === true) response.setHeader('Connection', 'close');
    if (request.rawHeaders.length > 2 * MAX_HEADERS) {
      sendProblem(new Problem('HeadersTooLarge', `Requests of up to ${MAX_HEADERS} headers are read.`), request, response);
      return false;
    }
    return !crossOrigin(request, response);
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

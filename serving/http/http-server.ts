import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { boundConnections } from './connections.ts';
import { answerInvalidHttp } from './invalid-http.ts';
import { HTTP_LIMITS } from './server-limits.ts';

/**
 * A server within the limits that answers even what is not HTTP.
 * @param onInvalid told the status of each such answer
 */
export function createHttpServer(
  handler: RequestListener,
  onInvalid: (status: string) => void,
  limits: ServerOptions = HTTP_LIMITS,
): Server {
  // What a caller expects besides being asked to go on may be ignored (RFC 9110, 10.1.1).
  const server = createServer(limits, handler).on('checkExpectation', handler);
  return server.on('clientError', answerInvalidHttp(boundConnections(server), onInvalid));
}

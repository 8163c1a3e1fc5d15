import type { IncomingMessage, ServerResponse } from 'node:http';
import { MAX_BODY } from './body.ts';

/** How long the rest of a body is read after its answer; as long as nginx does by default (`lingering_timeout`). */
const LINGER_MS = 5_000;

/**
 * To be called before an answer is sent that does not wait for the end of the request. What is left of a short body costs less to
 * read than a new connection, above all when many are refused; a long one is not worth keeping the connection for.
 */
export function prepareEarlyAnswer(request: IncomingMessage, response: ServerResponse): void {
  if (!hasLongRest(request)) return;
  response.setHeader('Connection', 'close');
  closeInStages(request);
}

function hasLongRest(request: IncomingMessage): boolean {
  if (request.complete) return false;
  const length = request.headers['content-length'];
  return length === undefined ? request.headers['transfer-encoding'] !== undefined : Number(length) > MAX_BODY;
}

/**
 * Whoever closes a connection on which something still comes in resets it, and a caller who is still sending meets the reset instead of
 * the answer. So only the own side is closed at first (RFC 9112, section 9.6). `destroySoon` is what Node calls after the last answer
 * of a connection.
 */
function closeInStages(request: IncomingMessage): void {
  const { socket } = request;
  socket.destroySoon = () => {
    socket.end();
    // Node reads on by itself only where nobody has begun to.
    request.resume();
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  };
}

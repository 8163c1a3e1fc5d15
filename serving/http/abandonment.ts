import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Connection → the signal of all its requests. */
const signals = new WeakMap<Socket, AbortSignal>();

/**
 * Aborts when the caller goes away. One signal serves all requests of a connection, because making one costs more than
 * the rest of its use: whoever listens to it stops when the request is done.
 */
export function abandonment({ socket }: IncomingMessage): AbortSignal {
  const known = signals.get(socket);
  if (known !== undefined) return known;
  const controller = new AbortController();
  if (socket.destroyed) controller.abort();
  socket.once('close', () => controller.abort());
  signals.set(socket, controller.signal);
  return controller.signal;
}

/** The caller went away before it had its answer. */
export function isAbandoned(response: ServerResponse): boolean {
  return response.closed && !response.writableFinished;
}

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const SIGNAL = Symbol('abandonment');

/**
 * Aborts when the caller goes away. One signal serves all requests of a connection, because making one costs more than
 * the rest of its use: whoever listens to it stops when the request is done.
 */
export function abandonment({ socket }: ServerResponse): AbortSignal {
  const connection = socket as (Socket & { [SIGNAL]?: AbortSignal }) | null;
  // Without a socket the caller has gone already.
  if (connection === null) return AbortSignal.abort();
  return (connection[SIGNAL] ??= closing(connection));
}

function closing(connection: Socket): AbortSignal {
  const controller = new AbortController();
  if (connection.destroyed) controller.abort();
  connection.once('close', () => controller.abort());
  return controller.signal;
}

/** The caller went away before it had its answer. */
export function isAbandoned(response: ServerResponse): boolean {
  return response.closed && !response.writableFinished;
}

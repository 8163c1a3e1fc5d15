import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Connections at once: each may hold a body of 128 KiB, and every caller keeps some. */
export const MAX_CONNECTIONS = 4_096;

/** What goes on at the connections of a server. */
export interface Connections {
  /** Whether an answer written on the socket now would be taken for that to the very request that is being read. */
  expectsAnswer(socket: unknown): boolean;
}

/**
 * Keeps the number of connections bounded without locking out probes: where one too many comes, the one that has gone
 * longest without a complete set of headers is closed, else the one that has gone longest without the end of a body,
 * else all idle ones, else one that has begun another request and not gone on, and only then the newcomer.
 */
export function boundConnections(server: Server, max = MAX_CONNECTIONS): Connections {
  /** Connection → its last answer, absent until the headers of its first request have come; in the order of those. */
  const open = new Map<Socket, ServerResponse | undefined>();

  function close(isMeant: (last: ServerResponse | undefined) => boolean): boolean {
    for (const [socket, last] of open) {
      if (!isMeant(last)) continue;
      open.delete(socket);
      socket.destroy();
      return true;
    }
    return false;
  }

  function closeIdle(): boolean {
    server.closeIdleConnections();
    const closed = [...open.keys()].filter((socket) => socket.destroyed);
    for (const socket of closed) open.delete(socket);
    return closed.length > 0;
  }

  function makesRoom(): boolean {
    return (
      close((last) => last === undefined) ||
      close((last) => last?.req.complete === false) ||
      closeIdle() ||
      close((last) => last?.writableFinished === true)
    );
  }

  server.on('connection', (socket: Socket) => {
    if (open.size >= max && !makesRoom()) return void socket.destroy();
    open.set(socket, undefined);
    socket.once('close', () => open.delete(socket));
  });
  server.on('request', ({ socket }, response) => {
    // What a connection closed for another had sent may still be read.
    if (open.delete(socket)) open.set(socket, response);
  });

  return {
    expectsAnswer(socket) {
      const last = open.get(socket as Socket);
      if (last === undefined) return true;
      if (last.writableFinished) return last.req.complete;
      // It reads a body, and all that has been asked before is answered: a response has its socket from then on.
      return !last.req.complete && !last.headersSent && last.socket === socket;
    },
  };
}

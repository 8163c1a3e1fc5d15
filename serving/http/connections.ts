import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Connections at once: each may hold a body of 64 KiB, and every caller keeps some. */
export const MAX_CONNECTIONS = 4_096;

/**
 * Keeps the number of connections bounded without locking out probes: where one too many comes, the one that has gone
 * longest without a complete set of headers is closed, else all idle ones, and only then the newcomer.
 */
export function boundConnections(server: Server, max = MAX_CONNECTIONS): void {
  const open = new Set<Socket>();
  /** Have not sent the headers of any request yet; the oldest first. */
  const silent = new Set<Socket>();

  function makeRoom(newcomer: Socket): void {
    const [longest] = silent;
    if (longest !== undefined) {
      open.delete(longest);
      silent.delete(longest);
      return void longest.destroy();
    }
    server.closeIdleConnections();
    const closed = [...open].filter((socket) => socket.destroyed);
    for (const socket of closed) open.delete(socket);
    if (closed.length === 0) newcomer.destroy();
  }

  server.on('connection', (socket: Socket) => {
    if (open.size >= max) makeRoom(socket);
    open.add(socket);
    silent.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      silent.delete(socket);
    });
  });
  server.on('request', ({ socket }) => silent.delete(socket));
}

import type { Socket } from 'node:net';
import { Agent, buildConnector } from 'undici';
import type { Endpoint } from './endpoint.ts';

/** How often a connection is asked for a sign of life (an HTTP/2 PING), and how many silent intervals make it dead. */
const PING_MS = 5_000;
const SILENT_INTERVALS = 3;

const CONNECT_TIMEOUT_MS = 5_000;

type Connections = {
  readonly dispatcher: Agent;
  /** True once the server has agreed to HTTP/2; then a watch needs no short timeout to find out that it is dead. */
  multiplexed(): boolean;
  /** Milliseconds (performance.now) at which the last byte from the server was seen; undefined before the first. */
  lastContact(): number | undefined;
  /** Runs before a new connection carries its first, possibly long queued, request. */
  onConnect(listener: () => void): void;
  close(): Promise<void>;
};

type Watched = { bytesRead: number; silent: number };

/**
 * One pool of connections for requests and watches.
 *
 * A half-open connection (its peer vanished, or a proxy swallows the traffic) looks healthy to TCP keepalive as long as
 * the next hop answers. So every HTTP/2 connection gets a PING each 5 s, end to end, and one from which no byte came in
 * three intervals is destroyed: all its watches fail at once, after 20 s at most, and their reflectors connect anew.
 * Intervals are counted, not clocked, so a process that was stopped for a minute does not blame its connections.
 */
export function openConnections(endpoint: Endpoint): Connections {
  const sockets = new Map<Socket, Watched>();
  const listeners: (() => void)[] = [];
  let multiplexed = false;
  let lastContact: number | undefined;

  const connect: buildConnector.connector = (target, callback) => {
    endpoint.tls().then((tls) => {
      const connector = buildConnector({ ...tls, timeout: CONNECT_TIMEOUT_MS, preferH2: true, keepAliveInitialDelay: 15_000 });
      connector(target, (...result) => {
        if (result[0] === null) {
          adopt(result[1]);
          for (const listener of listeners) listener();
        }
        callback(...result);
      });
    }, (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null));
  };

  const adopt = (socket: Socket & { alpnProtocol?: string | false | null }): void => {
    lastContact = performance.now();
    if (socket.alpnProtocol !== 'h2') return;
    multiplexed = true;
    sockets.set(socket, { bytesRead: socket.bytesRead, silent: 0 });
    socket.once('close', () => sockets.delete(socket));
  };

  const inspect = (): void => {
    for (const [socket, seen] of sockets) {
      if (socket.bytesRead > seen.bytesRead) {
        sockets.set(socket, { bytesRead: socket.bytesRead, silent: 0 });
        lastContact = performance.now();
      } else if (++seen.silent >= SILENT_INTERVALS) {
        sockets.delete(socket);
        socket.destroy(new Error(`no answer to HTTP/2 pings for ${(PING_MS * SILENT_INTERVALS) / 1000} s`));
      }
    }
  };

  const timer = setInterval(inspect, PING_MS);
  timer.unref();
  const dispatcher = new Agent({
    connect,
    allowH2: true,
    h2Options: { pingInterval: PING_MS - 500 },
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    dispatcher,
    multiplexed: () => multiplexed,
    lastContact: () => lastContact,
    onConnect: (listener) => void listeners.push(listener),
    close: () => {
      clearInterval(timer);
      return dispatcher.destroy();
    },
  };
}

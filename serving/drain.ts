import type { Server } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

const IN_FLIGHT_WITHIN_MS = 10_000;

/**
 * Closes a server without losing a request: `announce` makes the pod unready and its answers ask for new
 * connections; for `drainMs` everything is still answered, because nodes go on routing here until they have heard;
 * then idle connections are closed, the last answers are sent, and the promise resolves.
 */
export async function drain(server: Server, drainMs: number, announce: () => void): Promise<void> {
  announce();
  await pause(drainMs);
  const closed = new Promise((done) => server.close(done));
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), IN_FLIGHT_WITHIN_MS);
  await closed;
  clearTimeout(late);
}

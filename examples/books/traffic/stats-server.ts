import { createServer, type Server } from 'node:http';

import type { Summary } from './ledger.ts';

/** GET /stats: the summary. POST /reset: the summary so far, then counting starts anew. GET /healthz. */
export function createStatsServer(stats: () => Summary, reset: () => void): Server {
  return createServer((request, response) => {
    const call = `${request.method} ${request.url}`;
    if (call === 'GET /healthz') return void response.end('ok\n');
    if (call !== 'GET /stats' && call !== 'POST /reset') {
      return void response.writeHead(404).end('GET /stats, POST /reset or GET /healthz\n');
    }
    const body = `${JSON.stringify(stats())}\n`;
    if (call === 'POST /reset') reset();
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
  });
}

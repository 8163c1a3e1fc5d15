import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';

/** Returns what is wrong as a sentence, or undefined. */
export type Check = () => string | undefined;

export type Probes = {
  readonly port: number;
  close(): Promise<void>;
};

/**
 * Serves `/metrics`, `/healthz` (restart me when it fails) and `/readyz` (do not count on me when it fails). Every check runs
 * at every request, so the response follows the state of the caches and never a flag set at start. Rejects with the system's
 * error if the port is taken.
 */
export async function serveProbes(options: {
  readonly port: number;
  readonly host?: string;
  readonly registry: Registry;
  readonly healthz: Readonly<Record<string, Check>>;
  readonly readyz: Readonly<Record<string, Check>>;
}): Promise<Probes> {
  const server = createServer((request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      response.statusCode = 500;
      response.end(`${String(error)}\n`);
    });
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  await listen(server, options.port, options.host);
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

async function answer(
  options: Parameters<typeof serveProbes>[0],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '').split('?')[0];
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    send(response, 405, 'only GET and HEAD are supported\n');
  } else if (path === '/metrics') {
    response.setHeader('content-type', options.registry.contentType);
    send(response, 200, await options.registry.metrics());
  } else if (path === '/healthz') {
    report(response, options.healthz);
  } else if (path === '/readyz') {
    report(response, options.readyz);
  } else {
    send(response, 404, 'try /metrics, /healthz or /readyz\n');
  }
}

function report(response: ServerResponse, checks: Readonly<Record<string, Check>>): void {
  const findings = Object.entries(checks).map(([name, check]) => ({ name, problem: outcome(check) }));
  const lines = findings.map(({ name, problem }) => (problem === undefined ? `[+] ${name} ok` : `[-] ${name}: ${problem}`));
  const status = findings.some(({ problem }) => problem !== undefined) ? 503 : 200;
  send(response, status, `${lines.join('\n')}\n`);
}

function outcome(check: Check): string | undefined {
  try {
    return check();
  } catch (error) {
    return String(error);
  }
}

function send(response: ServerResponse, status: number, body: string): void {
  response.statusCode = status;
  if (!response.hasHeader('content-type')) response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.end(body);
}

function listen(server: Server, port: number, host?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

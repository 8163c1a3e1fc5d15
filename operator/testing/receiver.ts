import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Call {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A receiver of webhooks that answers as given, on a port of its own or the given one. */
export async function receiver(answer: (call: Call) => { status: number; headers?: Record<string, string>; body?: string } | undefined, port = 0) {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const call = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() };
      calls.push(call);
      const { status, headers = {}, body = '' } = answer(call) ?? {};
      if (status !== undefined) response.writeHead(status, headers).end(body);
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { port: (server.address() as AddressInfo).port, calls, close };
}

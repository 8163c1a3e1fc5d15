import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request as forward } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TestServer } from './server.ts';

/** An answer that the gateway gives instead of the API server. */
export type Injected = { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string };

/** A load balancer that ends TLS and speaks HTTP/1.1 only, and that answers for the API server where it is told to. */
export type Gateway = {
  readonly port: number;
  inject(answer: ((request: IncomingMessage) => Injected | undefined) | undefined): void;
  close(): Promise<void>;
};

export async function startGateway(target: TestServer): Promise<Gateway> {
  let injection: ((request: IncomingMessage) => Injected | undefined) | undefined;
  const tls = { cert: readFileSync(target.certificate.cert), key: readFileSync(target.certificate.key) };

  const pass = (request: IncomingMessage, response: ServerResponse): void => {
    const { method, url, headers } = request;
    const options = { host: '127.0.0.1', port: target.port, method, path: url, headers, rejectUnauthorized: false };
    const onward = forward(options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      response.flushHeaders();
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  };

  const server = createServer(tls, (request, response) => {
    const injected = injection?.(request);
    if (injected === undefined) pass(request, response);
    else response.writeHead(injected.status, injected.headers).end(injected.body ?? 'the gateway is overloaded');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    inject: (answer) => {
      injection = answer;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

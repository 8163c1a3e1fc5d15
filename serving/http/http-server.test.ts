import type { AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import { rawConnection } from '../testing/raw-http.ts';
import { openTinyServer } from '../testing/tiny-server.ts';
import { createHttpServer } from './http-server.ts';
import { HTTP_LIMITS } from './server-limits.ts';

const { handler } = await openTinyServer();
/** The limits of a pod at ten times the speed. */
const FAST = {
  ...HTTP_LIMITS,
  headersTimeout: HTTP_LIMITS.headersTimeout / 10,
  requestTimeout: HTTP_LIMITS.requestTimeout / 10,
  connectionsCheckingInterval: HTTP_LIMITS.connectionsCheckingInterval / 10,
};

it.each<[string, string, RegExp]>([
  ['half a request line', 'POST /reco', /^HTTP\/1\.1 408 .*"code":"RequestTimeout"/s],
  ['headers without an end', 'POST /recommend HTTP/1.1\r\nHost: x\r\nX-A: ', /^HTTP\/1\.1 408 .*"code":"RequestTimeout"/s],
  [
    'a body byte by byte',
    'POST /recommend HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
    /^HTTP\/1\.1 40[08] /,
  ],
])('callers who send %s are let go in time', async (_what, text, answer) => {
  const counted: string[] = [];
  const server = createHttpServer(handler, (status) => counted.push(status), FAST);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const connection = rawConnection(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  connection.send(text);
  const trickle = setInterval(() => connection.send(' '), 50);
  expect(await connection.closed(5_000)).toMatch(answer);
  clearInterval(trickle);
  expect(counted).toEqual(['408']);
  server.close();
});

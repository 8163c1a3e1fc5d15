import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, listen, type TestServer } from '../testing/http.ts';
import { rawConnection, type RawConnection } from '../testing/raw-http.ts';
import { boundConnections } from './connections.ts';
import { answerInvalidHttp } from './invalid-http.ts';

let server: TestServer;
let connection: RawConnection;
let responses: ServerResponse[];
let counted: string[];
beforeEach(async () => {
  responses = [];
  counted = [];
  server = await listen((request, response) => {
    responses.push(response);
    if (request.url === '/soon') request.resume().once('end', () => response.end('answered'));
  });
  server.server.on('clientError', answerInvalidHttp(boundConnections(server.server), (status) => counted.push(status)));
  connection = rawConnection(server.host);
});
afterEach(() => server.close());

const ask = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
const GARBAGE = 'GARBAGE\r\n\r\n';
const BROKEN_BODY = 'POST /late HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n';

describe('what is no HTTP', () => {
  it('is told so after the answer to what came before', async () => {
    connection.send(ask('/soon'));
    await eventually('the answer', () => connection.received().includes('answered'));
    connection.send(GARBAGE);
    expect(await connection.closed()).toMatch(/^HTTP\/1.1 200 .*answered.*HTTP\/1.1 400 .*InvalidHttp/s);
  });

  it('is told so in the middle of a body', async () => {
    connection.send(BROKEN_BODY);
    expect(await connection.closed()).toMatch(/^HTTP\/1.1 400 /);
    expect(counted).toEqual(['400']);
  });

  it.each([['garbage', GARBAGE], ['a broken body', BROKEN_BODY]])('is no answer to the request before it: %s', async (_what, text) => {
    connection.send(`${ask('/late')}${text}`);
    expect(await connection.closed()).toBe('');
  });

  it('does not get into half an answer', async () => {
    connection.send(ask('/late'));
    const [response] = await eventually('the request', () => responses.length > 0 && responses);
    response?.writeHead(200, { 'content-length': 100 }).write('half');
    await eventually('half an answer', () => connection.received().includes('half'));
    connection.send(GARBAGE);
    expect(await connection.closed()).toMatch(/^HTTP\/1.1 200 .*half$/s);
  });
});

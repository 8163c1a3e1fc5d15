import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, listen, type TestServer } from '../testing/http.ts';
import { rawConnection, type RawConnection } from '../testing/raw-http.ts';
import { boundConnections } from './connections.ts';

const MAX = 4;
let server: TestServer;
let opened: RawConnection[];
beforeEach(async () => {
  // Answers whatever is not asked to hang.
  server = await listen((request, response) => void (request.url === '/hang' || response.end('ok')));
  boundConnections(server.server, MAX);
  opened = [];
});
afterEach(async () => {
  for (const { socket } of opened) socket.destroy();
  await server.close();
});

async function open(text: string, isAnswered: boolean): Promise<RawConnection> {
  const connection = rawConnection(server.host);
  opened.push(connection);
  const arrived = new Promise((done) => server.server.once('connection', done));
  connection.send(text);
  await arrived;
  if (isAnswered) await eventually('the answer', () => connection.received().includes('ok'));
  return connection;
}

const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
const asked = (path: string) => new Promise((done) => server.server.once('request', ({ url }) => url === path && done(undefined)));

describe('with all connections taken', () => {
  it('the one that has been silent longest makes room', async () => {
    const idle = await open(request('/'), true);
    const [first, second, third] = [await open('GET', false), await open('GET', false), await open('GET', false)];
    await open(request('/'), true);
    await first.closed();
    expect([idle, second, third].map(({ socket }) => socket.destroyed)).toEqual([false, false, false]);
  });

  it('then the oldest whose body does not come to its end', async () => {
    const stuck = [];
    for (let index = 0; index < MAX; index += 1) {
      const hang = asked('/hang');
      stuck.push(await open('POST /hang HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n{', false));
      await hang;
    }
    await open(request('/'), true);
    const [oldest, ...others] = stuck;
    expect(await oldest?.closed()).toBe('');
    expect(others.map(({ socket }) => socket.destroyed)).toEqual([false, false, false]);
  });

  it('idle ones make room when none is silent', async () => {
    const hang = asked('/hang');
    const busy = await open(request('/hang'), false);
    await hang;
    const idle = [await open(request('/'), true), await open(request('/'), true), await open(request('/'), true)];
    await open(request('/'), true);
    await Promise.all(idle.map((connection) => connection.closed()));
    expect(busy.socket.destroyed).toBe(false);
  });

  it('one that has been answered and has begun another request makes room when none is idle', async () => {
    const begun = [];
    for (let index = 0; index < MAX; index += 1) begun.push(await open(`${request('/')}GET`, true));
    await open(request('/'), true);
    await begun[0]?.closed();
    expect(begun.slice(1).map(({ socket }) => socket.destroyed)).toEqual([false, false, false]);
  });

  it('nobody who waits for an answer is cut off: the newcomer is', async () => {
    const busy = [];
    for (let index = 0; index < MAX; index += 1) {
      const hang = asked('/hang');
      busy.push(await open(request('/hang'), false));
      await hang;
    }
    const newcomer = await open(request('/'), false);
    expect(await newcomer.closed()).toBe('');
    expect(busy.some(({ socket }) => socket.destroyed)).toBe(false);
  });
});

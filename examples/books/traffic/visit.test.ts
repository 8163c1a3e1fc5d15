import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

import { afterEach, describe, expect, it } from '@jest/globals';

import { random } from '../random.ts';
import { account as newAccount } from './account.ts';
import { createCaller } from './client.ts';
import { createCrowd } from './crowd.ts';
import type { Readers } from './readers.ts';

const IDS = Array.from({ length: 10 }, (_, i) => `i${i}`);
/** Readers who always click the third item. */
const readers: Readers = { ids: ['ann'], knows: (id) => IDS.includes(id), click: (_, shown) => shown[2] };

const servers: Server[] = [];
let seen: { path: string; body: Record<string, unknown>; connection: unknown; headers: IncomingMessage['headers'] }[];
let told: unknown[];

/** Runs one visit after another against a server that answers as given. */
async function visits(count: number, answer: (response: ServerResponse, path: string) => void, { freshShare = 0, retries = 0, timeoutMs = 10_000 } = {}) {
  seen = [];
  told = [];
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      seen.push({ path: request.url!, body: body as Record<string, unknown>, connection: request.socket, headers: request.headers });
      answer(response, request.url!);
    });
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const draw = random(1);
  const account = newAccount((line) => told.push(line));
  const caller = createCaller({ target, concurrency: 4, freshShare, timeoutMs, retries, onRetried: () => account.ledger().retried(), draw });
  const crowd = createCrowd({ readers, caller, account, concurrency: 4, draw });
  for (let i = 0; i < count; i++) {
    crowd.arrive();
    await crowd.settled();
  }
  await caller.close();
  return account.ledger().summary();
}

function answerWell(response: ServerResponse, path: string) {
  if (path === '/feedback') return void response.writeHead(202).end();
  const items = IDS.map((id, i) => ({ id, score: 1 - i / 10 }));
  response.end(JSON.stringify({ recommendation_id: 'r7', model: 'books', version: '1.0.0', items, fallback: false }));
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

describe('a visit', () => {
  it('asks, clicks, and says which recommendation the click belongs to', async () => {
    const summary = await visits(1, answerWell);
    expect(seen.map(({ path, body }) => ({ path, body }))).toEqual([
      { path: '/recommend', body: { user_id: 'ann', k: 10 } },
      { path: '/feedback', body: { recommendation_id: 'r7', user_id: 'ann', item_id: 'i2', event: 'click', value: 1 } },
    ]);
    expect(seen[0]!.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(summary).toMatchObject({ requests: 2, failed: 0, versions: { '1.0.0': { requests: 1, users: 1, clicks: 1, ctr: 1 } } });
  });

  it('counts a status that is no success, without asking again', async () => {
    const summary = await visits(1, (response) => response.writeHead(503).end('draining'));
    expect(summary).toMatchObject({ requests: 1, failed: 1, versions: {} });
    expect(seen).toHaveLength(1);
    expect(told).toEqual([{ failure: expect.objectContaining({ call: 'recommend', user: 'ann', status: 503, message: 'status 503: draining' }) }]);
  });

  it('counts a connection that breaks', async () => {
    expect(await visits(1, (response) => response.destroy())).toMatchObject({ requests: 1, failed: 1 });
    expect(told).toEqual([{ failure: expect.objectContaining({ code: 'UND_ERR_SOCKET', message: 'other side closed' }) }]);
  });

  it('where asked sends a call again whose connection broke, once', async () => {
    let calls = 0;
    const diesOnce = (response: ServerResponse, path: string) => void ((calls += 1) === 1 ? response.destroy() : answerWell(response, path));
    expect(await visits(1, diesOnce, { retries: 1 })).toMatchObject({ requests: 2, failed: 0, retried: 1 });
    expect(await visits(1, (response) => response.destroy(), { retries: 1 })).toMatchObject({ requests: 1, failed: 1, retried: 1 });
    expect(seen).toHaveLength(2);
  });

  it('counts an answer that never comes', async () => {
    expect(await visits(1, () => undefined, { timeoutMs: 300 })).toMatchObject({ requests: 1, failed: 1 });
    expect(told).toEqual([{ failure: expect.objectContaining({ message: expect.stringMatching(/timeout/) }) }]);
  });

  it('counts feedback that is refused', async () => {
    const refuse = (response: ServerResponse, path: string) => (path === '/feedback' ? response.writeHead(500).end() : answerWell(response, path));
    expect(await visits(1, refuse)).toMatchObject({ requests: 2, failed: 1 });
  });

  it('tells of the first twenty failures only', async () => {
    expect(await visits(25, (response) => response.writeHead(500).end())).toMatchObject({ failed: 25 });
    expect(told).toHaveLength(20);
  });
});

describe('connections', () => {
  const connections = () => new Set(seen.map(({ connection }) => connection)).size;

  it('are kept, one or two in each of six pools', async () => {
    await visits(60, answerWell);
    expect(seen).toHaveLength(120);
    expect(connections()).toBeGreaterThanOrEqual(6);
    expect(connections()).toBeLessThanOrEqual(12);
  });

  it('are new for each call where asked', async () => {
    await visits(5, answerWell, { freshShare: 1 });
    expect(connections()).toBe(10);
  });
});

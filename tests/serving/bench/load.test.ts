import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { runClosed } from '../../bench/serving/load/closed.ts';
import { createAnswerReader } from '../../bench/serving/load/connection.ts';
import type { LoadJob, LoadResult } from '../../bench/serving/load/job.ts';
import { percentile } from '../../bench/serving/load/latencies.ts';
import { runOpen } from '../../bench/serving/load/open.ts';
import { createTally } from '../../bench/serving/load/tally.ts';

const JOB: LoadJob = { port: 0, users: 10, k: 2, seed: 1, connections: 4, warmMs: 20, forMs: 300 };
const GOOD = '{"items":[{"id":"a","score":1},{"id":"b","score":0.5}],"fallback":false}';

let close: () => void = () => undefined;
afterEach(() => close());

/** @param answer body and status of every answer, after so many ms */
async function serverAnswering(answer: () => { status?: number; body?: string; afterMs?: number }): Promise<number> {
  const server = createServer((request, response) => {
    request.resume();
    const { status = 200, body = GOOD, afterMs = 0 } = answer();
    const end = () => response.writeHead(status, { 'content-length': body.length }).end(body);
    if (afterMs === 0) end();
    else setTimeout(end, afterMs);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  close = () => {
    server.close();
    server.closeAllConnections();
  };
  return (server.address() as AddressInfo).port;
}

async function runOn(port: number, options: Partial<LoadJob> = {}): Promise<LoadResult> {
  const job = { ...JOB, port, ...options };
  const tally = createTally(job);
  if (job.rate === undefined) await runClosed(job, tally);
  else await runOpen({ ...job, rate: job.rate }, tally);
  return tally.result();
}

describe('percentiles', () => {
  it('are values of the sample that the right share does not exceed', () => {
    const samples = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(samples, fc.double({ min: 0.01, max: 1, noNaN: true }), (values, share) => {
        const sorted = Float64Array.from(values).sort();
        const found = percentile(sorted, share);
        expect(sorted).toContain(found);
        expect(sorted.filter((value) => value <= found).length).toBeGreaterThanOrEqual(share * values.length);
        expect(sorted.filter((value) => value < found).length).toBeLessThan(share * values.length);
      }),
    );
  });
});

describe('answers', () => {
  it('are found however the bytes are cut', () => {
    const one = (body: string, more = '') => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${more}\r\n${body}`;
    const stream = Buffer.from(one('first') + one('') + one('third', 'Connection: close\r\n'));
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length)), (cuts) => {
        const found: [number, string, boolean][] = [];
        const reader = createAnswerReader(({ status, body, isLast }) => found.push([status, String(body), isLast]));
        const places = [0, ...cuts.sort((left, right) => left - right), stream.length];
        places.slice(1).forEach((to, index) => reader.take(stream.subarray(places[index], to)));
        expect(found).toEqual([[200, 'first', false], [200, '', false], [200, 'third', true]]);
      }),
    );
  });
});

describe('the closed loop', () => {
  it('counts good answers', async () => {
    const { answered, throughput, seconds, errors, wrong } = await runOn(await serverAnswering(() => ({})), { forMs: 2_000 });
    expect({ errors, wrong }).toEqual({ errors: 0, wrong: 0 });
    expect(answered).toBeGreaterThan(10);
    // Each connection may have had an answer on its way at the beginning, and at the end.
    expect(Math.abs(throughput * seconds - answered)).toBeLessThanOrEqual(JOB.connections);
  });

  it('sends exactly as many requests as it is told', async () => {
    let asked = 0;
    const port = await serverAnswering(() => {
      asked += 1;
      return {};
    });
    expect(await runOn(port, { requests: 50 })).toMatchObject({ answered: 50, errors: 0 });
    expect(asked).toBe(50);
  });

  it('tells refusals, errors, fallbacks and lists of the wrong length from good answers', async () => {
    const kinds = [{ status: 503 }, { status: 500 }, { body: GOOD.replace('false', 'true') }, { body: '{"items":[]}' }];
    let turn = 0;
    const port = await serverAnswering(() => kinds[(turn += 1) % kinds.length]!);
    const result = await runOn(port, { requests: 400 });
    expect(result).toMatchObject({ refused: 100, errors: 100, fallbacks: 100, answered: 200 });
    // Items are counted in one answer of sixteen.
    expect(result.wrong).toBeGreaterThan(0);
  });

  it('opens a new connection when the server ends one', async () => {
    const { port, ended } = await closingServer();
    close = ended;
    expect(await runOn(port, { requests: 20 })).toMatchObject({ answered: 20, errors: 0 });
  });
});

async function closingServer(): Promise<{ port: number; ended: () => void }> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { connection: 'close', 'content-length': GOOD.length }).end(GOOD);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { port: (server.address() as AddressInfo).port, ended: () => server.close() };
}

describe('the open loop', () => {
  it('credits nobody with answers that come when the time is over', async () => {
    const result = await runOn(await serverAnswering(() => ({ afterMs: 2_000 })), { rate: 100, connections: 64, warmMs: 0, forMs: 200 });
    expect(result.answered).toBeGreaterThan(0);
    expect(result.throughput).toBe(0);
  });

  it('sends at its rate, whatever the answers take', async () => {
    const result = await runOn(await serverAnswering(() => ({ afterMs: 30 })), { rate: 500, connections: 64, forMs: 1000 });
    // A stall moves the end, and with it the number of requests, but not how many there are a second.
    const rate = result.answered / result.seconds;
    expect(rate).toBeGreaterThan(350);
    expect(rate).toBeLessThan(650);
    expect(result.latency.p50).toBeGreaterThan(25);
  });

  it('charges a stall to everyone who waited through it', async () => {
    let turn = 0;
    // Every answer waits its turn: one connection, one request of a hundred takes 200 ms.
    const port = await serverAnswering(() => ({ afterMs: (turn += 1) === 20 ? 200 : 0 }));
    const result = await runOn(port, { rate: 200, connections: 1, warmMs: 0, forMs: 1000 });
    // A generator that waits for the answer before it takes the time would see one slow request in 200.
    expect(result.latency.p90).toBeGreaterThan(50);
  });
});

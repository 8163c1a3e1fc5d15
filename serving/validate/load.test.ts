import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { listen } from '../testing/http.ts';
import { removeTinyBundles, tinyBundle } from '../testing/tiny-bundle.ts';
import { tryBounded } from './bounded.ts';
import { drive } from './give-load.ts';

jest.setTimeout(60_000);
afterAll(removeTinyBundles);

const MEMORY = 512 * 1024 ** 2;

describe('a model under the load that validation gives it', () => {
  it('is measured in its own process by the way of a real request', async () => {
    const { dir } = await tinyBundle();
    const report = await tryBounded(dir, { bytes: MEMORY, load: { requestsPerSecond: 100, durationMs: 500 } });
    expect(report).toMatchObject({ result: 'Passed', load: { requestsPerSecond: 100, requests: 50, failed: 0 } });
    const { p50Ms = 0, p99Ms = 0, memoryBytes = 0 } = report.load ?? {};
    expect(p50Ms).toBeGreaterThan(0);
    expect(p99Ms).toBeGreaterThanOrEqual(p50Ms);
    expect(memoryBytes).toBeGreaterThan(30 * 1024 ** 2);
    expect(memoryBytes).toBeLessThan(2 * MEMORY);
  });

  it('is not measured where it answers wrongly', async () => {
    const { dir } = await tinyBundle({ goldenScore: 7 });
    const report = await tryBounded(dir, { bytes: MEMORY, load: { requestsPerSecond: 100, durationMs: 500 } });
    expect(report).toMatchObject({ reason: 'GoldenMismatch' });
    expect(report).not.toHaveProperty('load');
  });
});

describe('the load', () => {
  const requests = [{ user_id: 'u0' }];

  it('charges a server that stalls for everybody who was due meanwhile', async () => {
    let isFirst = true;
    let open = Promise.resolve();
    const server = await listen((_request, response) => {
      if (isFirst) open = pause(400);
      isFirst = false;
      void open.then(() => response.end('{}'));
    });
    const { requests: sent, failed, p50Ms, p99Ms } = await drive({ port: Number(server.host.split(':')[1]), requests }, { requestsPerSecond: 100, durationMs: 400 });
    await server.close();
    expect([sent, failed]).toEqual([40, 0]);
    expect(p99Ms).toBeGreaterThan(350);
    // One request that waited, seen by a closed loop, would have left the median at a millisecond.
    expect(p50Ms).toBeGreaterThan(100);
  });

  it('counts refusals and broken connections as failures', async () => {
    let count = 0;
    const server = await listen((request, response) => {
      count += 1;
      if (count % 2 === 0) return void request.socket.destroy();
      response.statusCode = 503;
      response.end();
    });
    const driven = await drive({ port: Number(server.host.split(':')[1]), requests }, { requestsPerSecond: 100, durationMs: 100 });
    await server.close();
    expect(driven).toMatchObject({ requests: 10, failed: 10, p50Ms: 5_000 });
  });
});

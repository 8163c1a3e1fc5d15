import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createMetrics } from './metrics.ts';
import { type Probes, serveProbes } from './probes.ts';

let problem: string | undefined;
let probes: Probes;

beforeEach(async () => {
  problem = undefined;
  const metrics = createMetrics();
  metrics.reconcileErrors.inc({ controller: 'models' }, 2);
  probes = await serveProbes({
    port: 0,
    host: '127.0.0.1',
    registry: metrics.registry,
    healthz: { workers: () => undefined },
    readyz: {
      caches: () => problem,
      apiserver: () => {
        if (problem === 'broken') throw new Error('check is broken');
        return undefined;
      },
    },
  });
});

afterEach(() => probes.close());

const get = async (path: string, method = 'GET') => {
  const response = await fetch(`http://127.0.0.1:${probes.port}${path}`, { method });
  return { status: response.status, text: await response.text() };
};

describe('probes', () => {
  it('follow their checks at every request', async () => {
    expect(await get('/readyz')).toEqual({ status: 200, text: '[+] caches ok\n[+] apiserver ok\n' });
    problem = 'not listed yet: Rollout';
    expect(await get('/readyz')).toEqual({ status: 503, text: '[-] caches: not listed yet: Rollout\n[+] apiserver ok\n' });
    expect((await get('/healthz')).status).toBe(200);
    problem = undefined;
    expect((await get('/readyz?verbose')).status).toBe(200);
  });

  it('take a check that throws for one that fails', async () => {
    problem = 'broken';
    expect((await get('/readyz')).text).toContain('[-] apiserver: Error: check is broken');
  });

  it('serve the metrics in Prometheus’ text form', async () => {
    expect((await get('/metrics')).text).toContain('controller_runtime_reconcile_errors_total{controller="models"} 2');
  });

  it('answer nothing else', async () => {
    expect((await get('/')).status).toBe(404);
    expect((await get('/metrics', 'POST')).status).toBe(405);
  });

  it('say it when the port is taken', async () => {
    const options = { port: probes.port, host: '127.0.0.1', registry: createMetrics().registry, healthz: {}, readyz: {} };
    await expect(serveProbes(options)).rejects.toThrow('EADDRINUSE');
  });
});

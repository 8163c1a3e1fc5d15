import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { freePort, onFreePorts } from './ports.ts';

const block = Math.floor((await freePort()) / 1_000);

/** @returns what closes it */
function listen(port: number): Promise<() => Promise<unknown>> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(() => new Promise((closed) => server.close(closed))));
  });
}

describe('freePort', () => {
  it('gives each port once, all from the block of this worker', async () => {
    const ports = await Promise.all(Array.from({ length: 50 }, freePort));
    expect(new Set(ports).size).toBe(50);
    expect(ports.every((port) => Math.floor(port / 1_000) === block)).toBe(true);
    expect(block - 20).toBe(Number(process.env['JEST_WORKER_ID']) - 1);
  });

  it('gives no port that somebody listens on, nor one that the kernel would give to a connection', async () => {
    const taken = (await freePort()) + 1;
    const close = await listen(taken);
    const [lowest = 0] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split('\t').map(Number);
    const ports = await Promise.all(Array.from({ length: 20 }, freePort));
    await close();
    expect(ports).not.toContain(taken);
    expect(Math.max(...ports)).toBeLessThan(lowest);
  });
});

describe('onFreePorts', () => {
  it('starts again on other ports if one was taken meanwhile', async () => {
    const tried: number[] = [];
    const close = await onFreePorts(2, async ([first = 0]) => {
      tried.push(first);
      // Somebody else is faster, once.
      const faster = tried.length === 1 ? await listen(first) : undefined;
      try {
        return await listen(first);
      } finally {
        await faster?.();
      }
    });
    await close();
    expect(new Set(tried).size).toBe(2);
  });

  it('passes on any other failure', async () => {
    await expect(onFreePorts(1, () => Promise.reject(new Error('etcd ended')))).rejects.toThrow('etcd ended');
  });
});

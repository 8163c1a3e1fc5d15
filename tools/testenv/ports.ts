import { createServer } from 'node:net';

/**
 * Ports for servers that are told theirs. Each test worker has a block of its own, below the ports that the kernel gives to
 * connections and to servers that ask for any, and below the node ports of a cluster: what is free stays free until it is used,
 * unless another program on this machine takes just that one.
 */
const FIRST = 20_000;
const BLOCK = 1_000;
const BLOCKS = 10;

const worker = Number(process.env['JEST_WORKER_ID'] ?? 1) - 1;
const block = FIRST + (worker % BLOCKS) * BLOCK;
/** Drawn, so that two runs on one machine hardly meet. */
let next = Math.floor(Math.random() * BLOCK);

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < BLOCK; tries++) {
    const port = block + (next++ % BLOCK);
    if (await isFree(port)) return port;
  }
  throw new Error(`no port is free from ${String(block)} to ${String(block + BLOCK - 1)}: end what listens there`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(false) : reject(error)));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Starts what needs so many ports, and starts it again on others if one of them was taken after all. */
export async function onFreePorts<T>(count: number, start: (ports: number[]) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    const ports: number[] = [];
    while (ports.length < count) ports.push(await freePort());
    try {
      return await start(ports);
    } catch (error) {
      if (tries === 3 || !/address already in use|EADDRINUSE/i.test(String(error))) throw error;
    }
  }
}

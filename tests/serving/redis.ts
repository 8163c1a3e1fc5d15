import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { createClient } from '@redis/client';
import { onThisMachine } from '../../tools/setup/debian.mjs';
import { freePort } from '../../tools/testenv/ports.ts';
import { startDaemon, untilReady, type Daemon } from '../../tools/testenv/processes.ts';

/** A real Redis of this test's own. */
export interface TestRedis {
  port: number;
  /** `redis://HOST:PORT`, without the password. */
  url: string;
  /** Like a node that loses power; `start` brings an empty Redis back on the same port. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Connections stay open and nothing is answered. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

interface RedisOptions {
  /** Address of this machine that it listens at. */
  host?: string;
  password?: string;
  /** As Redis writes it, e.g. `4mb`. */
  maxmemory?: string;
}

/** A client of a Redis that runs until the tests of the file have. */
export async function openRedis() {
  const redis = await startRedis();
  const client = createClient({ url: redis.url });
  afterAll(async () => {
    client.destroy();
    await redis.stop();
  });
  await client.connect();
  return client;
}

/** Starts Redis on a free port; it writes nothing to disk. */
export async function startRedis(options: RedisOptions = {}): Promise<TestRedis> {
  const { host = '127.0.0.1' } = options;
  if (!onThisMachine('redis-server')) {
    throw new Error('redis-server is not on this machine: run these tests by `npm run test:serving`, which installs it');
  }
  const dir = mkdtempSync(join(tmpdir(), 'redis-'));
  const port = await freePort();
  const logFile = join(dir, 'redis.log');
  let daemon: Daemon | undefined;

  const start = async (): Promise<void> => {
    daemon = startDaemon('redis-server', argumentsOf(port, dir, options), logFile);
    await untilReady('redis-server', daemon, logFile, () => answersPing(port, host));
  };
  const signal = (name: NodeJS.Signals) => {
    if (daemon && !daemon.exited()) process.kill(daemon.pid, name);
  };
  const kill = async () => await daemon?.kill();

  await start();
  return {
    port,
    url: `redis://${host}:${port}`,
    kill,
    start,
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    stop: async () => {
      await kill();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function argumentsOf(port: number, dir: string, { host = '127.0.0.1', password, maxmemory }: RedisOptions): string[] {
  return [
    ...['--port', String(port), '--bind', host, '--dir', dir, '--save', '', '--appendonly', 'no'],
    ...(password === undefined ? [] : ['--requirepass', password]),
    ...(maxmemory === undefined ? [] : ['--maxmemory', maxmemory, '--maxmemory-policy', 'allkeys-lru']),
  ];
}

/** Any reply will do: a Redis with a password refuses PING, and is there. */
function answersPing(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => socket.write('PING\r\n'));
    socket.once('data', (reply) => {
      socket.destroy();
      resolve(/^(\+PONG|-NOAUTH)/.test(reply.toString()));
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}

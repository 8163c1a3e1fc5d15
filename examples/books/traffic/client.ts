import { Pool, type Dispatcher } from 'undici';

import type { Random } from '../random.ts';
import type { HttpAnswer } from './answer.ts';

/** Kept-alive pools: a service that calls another has several connections open, to several pods. */
const POOLS = 6;

export interface Caller {
  /** Sends one POST, once. @throws whatever the connection gives: refused, reset, late. */
  post(path: string, body: unknown, headers: Record<string, string>): Promise<HttpAnswer>;
  close(): Promise<void>;
}

interface Options {
  target: string;
  concurrency: number;
  freshShare: number;
  timeoutMs: number;
  draw: Random;
}

/** Calls `target` as a service would; `freshShare` of the calls open a connection and close it after the answer. */
export function createCaller({ target, concurrency, freshShare, timeoutMs, draw }: Options): Caller {
  const { origin } = new URL(target);
  const pools = Array.from({ length: POOLS }, () => new Pool(origin, { connections: Math.ceil(concurrency / POOLS) + 1 }));
  // Without pipelining undici closes a connection after its answer.
  const fresh = new Pool(origin, { connections: concurrency, pipelining: 0 });

  const chosen = (): Dispatcher => (draw.uniform() < freshShare ? fresh : pools[draw.integer(POOLS)]!);
  return {
    async post(path, body, headers) {
      const { statusCode, headers: received, body: stream } = await chosen().request({
        path,
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
        // Covers the queue, the connection, the headers and the body.
        signal: AbortSignal.timeout(timeoutMs),
      });
      return { status: statusCode, headers: received, body: await stream.text() };
    },
    async close() {
      await Promise.all([...pools, fresh].map((pool) => pool.destroy()));
    },
  };
}

import { setTimeout as pause } from 'node:timers/promises';

import { Pool, type Dispatcher } from 'undici';

import type { Random } from '../random.ts';
import type { HttpAnswer } from './answer.ts';

/** Kept-alive pools: a service that calls another has several connections open, to several pods. */
const POOLS = 6;

/** Connections that fail before there is an answer: the pod behind them has died, or is gone. */
const CONNECTION_FAILED = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'];
const FIRST_PAUSE_MS = 100;

export interface Caller {
  /** Sends one POST, and as often again as `retries` allows. @throws whatever the connection gives: refused, reset, late. */
  post(path: string, body: unknown, headers: Record<string, string>): Promise<HttpAnswer>;
  close(): Promise<void>;
}

interface Options {
  target: string;
  concurrency: number;
  freshShare: number;
  /** From the first sending to the answer. */
  timeoutMs: number;
  retries: number;
  /** A call is sent again for the first time. */
  onRetried: () => void;
  draw: Random;
}

/** Calls `target` as a service would; `freshShare` of the calls open a connection and close it after the answer. */
export function createCaller({ target, concurrency, freshShare, timeoutMs, retries, onRetried, draw }: Options): Caller {
  const { origin } = new URL(target);
  const pools = Array.from({ length: POOLS }, () => new Pool(origin, { connections: Math.ceil(concurrency / POOLS) + 1 }));
  // Without pipelining undici closes a connection after its answer.
  const fresh = new Pool(origin, { connections: concurrency, pipelining: 0 });

  const chosen = (): Dispatcher => (draw.uniform() < freshShare ? fresh : pools[draw.integer(POOLS)]!);

  async function send(call: Dispatcher.RequestOptions): Promise<HttpAnswer> {
    const { statusCode, headers, body } = await chosen().request(call);
    return { status: statusCode, headers, body: await body.text() };
  }

  return {
    async post(path, body, headers) {
      // Covers the queue, the connection, the headers and the body.
      const signal = AbortSignal.timeout(timeoutMs);
      const all = { 'content-type': 'application/json', ...headers };
      const call = { path, method: 'POST', headers: all, body: JSON.stringify(body), signal } as const;
      for (let tries = 0; ; tries += 1) {
        try {
          return await send(call);
        } catch (error) {
          if (tries === retries || !CONNECTION_FAILED.includes(codeOf(error))) throw error;
          if (tries === 0) onRetried();
          await pause(FIRST_PAUSE_MS * 2 ** tries, undefined, { signal });
        }
      }
    },
    async close() {
      await Promise.all([...pools, fresh].map((pool) => pool.destroy()));
    },
  };
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

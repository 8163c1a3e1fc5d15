import type { CacheConfig } from '../config/serve.ts';
import { createSparseLog } from '../telemetry/log.ts';
import { createCircuitBreaker } from '../traffic/circuit-breaker.ts';
import { inTime } from './in-time.ts';
import { keepConnection } from './redis-connection.ts';
import { failsForOneKey, sentenceOf, Unavailable } from './redis-failures.ts';

/** For what a request waits for. */
const ANSWER_WITHIN_MS = 20;
/** For what no request waits for. */
const EVAL_WITHIN_MS = 250;

/** The edge to Redis; one connection a process. Every function rejects, soon, when Redis is dead or slow. */
export interface Redis {
  /** The first `most` bytes of a value, however long it is; empty when there is none. */
  get(key: string, most: number): Promise<Buffer>;
  set(key: string, value: Buffer, ttlMs: number): Promise<void>;
  /** Runs a Lua script; numbers come back as numbers, texts as Buffers. */
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  close(): void;
}

/**
 * Connects in the background, again and again. Until it is connected, while too much is unanswered, and for two
 * seconds after several failures, nothing is sent and everything is refused at once.
 */
export function connectRedis(config: CacheConfig): Redis {
  const sparseLog = createSparseLog(30_000);
  const breaker = createCircuitBreaker();
  const warn = (error: unknown) => sparseLog('warn', 'Redis unavailable', { error: sentenceOf(error) });
  const connection = keepConnection(config, warn);
  let closed = false;

  async function ask(command: (string | Buffer)[], within: number): Promise<unknown> {
    const send = connection.ready();
    if (!breaker.allows()) throw new Unavailable('it failed several times in a row');
    try {
      const answer = await inTime(send(command), within);
      breaker.succeeded();
      return answer;
    } catch (error) {
      if (failsForOneKey(error)) breaker.succeeded();
      else breaker.failed();
      if (!closed) warn(error);
      throw error;
    }
  }

  return {
    // GETRANGE and not GET: no value, whoever wrote it, is read further than asked for.
    async get(key, most) {
      const answer = await ask(['GETRANGE', key, '0', String(most - 1)], ANSWER_WITHIN_MS);
      if (!Buffer.isBuffer(answer)) throw new Unavailable('its reply has an unexpected type');
      return answer;
    },
    set: async (key, value, ttlMs) => void (await ask(['SET', key, value, 'PX', String(ttlMs)], ANSWER_WITHIN_MS)),
    eval: (script, { keys, arguments: args }) => ask(['EVAL', script, String(keys.length), ...keys, ...args], EVAL_WITHIN_MS),
    close() {
      closed = true;
      connection.close();
    },
  };
}

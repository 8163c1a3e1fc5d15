import type { CacheConfig } from '../config.ts';
import { log, createSparseLog } from '../telemetry/log.ts';
import { createCircuitBreaker } from '../traffic/circuit-breaker.ts';
import { inTime } from './in-time.ts';
import { openClient } from './redis-client.ts';
import type { Client } from './redis-client.ts';
import { failsForOneKey, sentenceOf, Unavailable } from './redis-failures.ts';

/** Commands sent and not answered, at most; each holds some hundred bytes. */
const MAX_PENDING = 256;
/** A connection on which nothing has come back for this long is given up, though nobody has closed it. */
const SILENT_MS = 5_000;
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
 * @param withinMs time for an answer that a request waits for
 */
export function connectRedis(config: CacheConfig, withinMs = 20): Redis {
  const sparseLog = createSparseLog(30_000);
  const breaker = createCircuitBreaker();
  let client: Client | undefined;
  let closed = false;
  let pending = 0;
  let heardAt = 0;

  const warn = (error: unknown) => sparseLog('warn', 'redis-unavailable', { message: sentenceOf(error) });

  async function open(): Promise<void> {
    try {
      const opened = await openClient(config, {
        onReady: () => log('info', 'redis-connected'),
        onError: (error) => void (closed || warn(error)),
      });
      if (closed) opened.destroy();
      else client = opened;
    } catch (error) {
      warn(error);
    }
  }

  /** The peer may have vanished without a word: another connection shows it. */
  function leaveSilentConnection(): void {
    if (client === undefined || performance.now() - heardAt < SILENT_MS) return;
    const silent = client;
    client = undefined;
    silent.destroy();
    void open();
  }

  async function send(to: Client, command: (string | Buffer)[]): Promise<unknown> {
    if (pending === 0) heardAt = performance.now();
    pending += 1;
    try {
      return await to.sendCommand(command);
    } finally {
      pending -= 1;
      heardAt = performance.now();
    }
  }

  async function ask(command: (string | Buffer)[], within: number): Promise<unknown> {
    if (!client?.isReady) throw new Unavailable('not connected');
    if (pending >= MAX_PENDING) throw new Unavailable('too much is unanswered');
    if (!breaker.allows()) throw new Unavailable('it has just failed several times');
    try {
      const answer = await inTime(send(client, command), within);
      breaker.succeeded();
      return answer;
    } catch (error) {
      if (failsForOneKey(error)) breaker.succeeded();
      else breaker.failed();
      if (!closed) warn(error);
      leaveSilentConnection();
      throw error;
    }
  }

  void open();
  return {
    // GETRANGE and not GET: no value, whoever wrote it, is read further than asked for.
    async get(key, most) {
      const answer = await ask(['GETRANGE', key, '0', String(most - 1)], withinMs);
      if (!Buffer.isBuffer(answer)) throw new Unavailable('its answer is of another type');
      return answer;
    },
    set: async (key, value, ttlMs) => void (await ask(['SET', key, value, 'PX', String(ttlMs)], withinMs)),
    eval: (script, { keys, arguments: args }) => ask(['EVAL', script, String(keys.length), ...keys, ...args], EVAL_WITHIN_MS),
    close() {
      closed = true;
      client?.destroy();
      client = undefined;
    },
  };
}

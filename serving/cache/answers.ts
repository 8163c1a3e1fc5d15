import type { RankedItem } from '../bundle/ranked.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createKeys, type Question, type Scope, textOf } from './question.ts';
import type { Redis } from './redis.ts';
import { createSingleFlight } from './single-flight.ts';
import { bytesOf, decodeAnswer, encodeAnswer } from './value.ts';

/** Asks the model: rejects when it fails, and then nothing is kept. */
type Compute = (signal?: AbortSignal) => Promise<RankedItem[]>;

/**
 * The answer to a question: a kept one, one that is being computed for somebody else, or else what `compute` gives.
 * @param signal aborts when the caller goes away; `compute` goes on while anybody else waits for it
 * @throws what `compute` throws, and nothing else
 */
export type Answers = (question: Question, signal: AbortSignal | undefined, compute: Compute) => Promise<RankedItem[]>;

interface Store {
  redis: Redis;
  /** Life of a kept answer, ms. */
  ttlMs: number;
}

/** @param rows number of rows the bundle has */
export function createAnswers({ redis, ttlMs }: Store, scope: Scope, rows: number, metrics: Pick<Metrics, 'count'>): Answers {
  const singleFlight = createSingleFlight<RankedItem[]>();
  const keyOf = createKeys(scope);
  for (const result of ['hit', 'miss', 'shared', 'error']) metrics.count('cacheRequests', { result }, 0);

  async function keptOr(text: string, k: number, compute: () => Promise<RankedItem[]>): Promise<RankedItem[]> {
    const key = keyOf(text);
    const kept = await redis.get(key, bytesOf(k) + 1).catch(() => undefined);
    const items = kept && decodeAnswer(key, kept, rows, k);
    if (items !== undefined) {
      metrics.count('cacheRequests', { result: 'hit' });
      return items;
    }
    metrics.count('cacheRequests', { result: kept?.length === 0 ? 'miss' : 'error' });
    const computed = await compute();
    // Nobody waits for this; a poisoned value is overwritten by it.
    redis.set(key, encodeAnswer(key, computed), ttlMs).catch(() => undefined);
    return computed;
  }

  return (question, signal, compute) => {
    const text = textOf(question);
    const joined = singleFlight.join(text, signal);
    if (joined !== undefined) {
      metrics.count('cacheRequests', { result: 'shared' });
      return joined;
    }
    return singleFlight.start(text, signal, (shared) => keptOr(text, question.k, () => compute(shared)));
  };
}

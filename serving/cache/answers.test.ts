import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, jest } from '@jest/globals';
import type { RankedItem } from '../bundle/ranked.ts';
import { METRICS } from '../contract/metrics.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { seriesValue } from '../testing/series.ts';
import { createAnswers } from './answers.ts';
import { Unavailable } from './redis-failures.ts';
import type { Redis } from './redis.ts';

const SCOPE = { namespace: 'shop', model: 'books', digest: 'sha256:0' };
const QUESTION = { inputs: [[7]], k: 2, banned: [], filter: undefined };

const away = () => Promise.reject(new Unavailable('not connected'));
const AWAY: Redis = { get: away, set: away, eval: away, close: () => undefined };

/** Answers of a pod whose Redis is away, and a model that answers when told to. */
function pod() {
  const metrics = createMetrics({ model_namespace: 'shop', model: 'books', version: '1' });
  const answers = createAnswers({ redis: AWAY, ttlMs: 1000 }, SCOPE, 5, metrics);
  const { promise, resolve, reject } = Promise.withResolvers<RankedItem[]>();
  const compute = jest.fn((_signal?: AbortSignal) => promise);
  const count = async (result: string) => seriesValue(await metrics.text(), METRICS.cacheRequests.name, { result });
  return { answers, compute, resolve, reject, count };
}

describe('a pod whose Redis is away', () => {
  it('computes an answer once for all who ask the same at once, and keeps nothing', async () => {
    const { answers, compute, resolve, count } = pod();
    const all = Array.from({ length: 50 }, () => answers({ ...QUESTION }, undefined, compute));
    const other = answers({ ...QUESTION, k: 1 }, undefined, compute);
    resolve([{ row: 1, score: 0.5 }]);
    expect(new Set((await Promise.all([...all, other])).map((items) => items[0]?.row))).toEqual(new Set([1]));
    expect(compute).toHaveBeenCalledTimes(2);
    await answers(QUESTION, undefined, compute);
    expect(compute).toHaveBeenCalledTimes(3);
    expect(await Promise.all(['shared', 'hit', 'miss', 'error'].map(count))).toEqual([49, 0, 0, 3]);
  });

  it('lets the model go on when one of two callers has gone, and not when both have', async () => {
    const { answers, compute } = pod();
    const callers = [new AbortController(), new AbortController()];
    for (const { signal } of callers) void answers(QUESTION, signal, compute);
    await setImmediate();
    const [[signal]] = compute.mock.calls as [[AbortSignal]];
    callers[0]?.abort();
    expect(signal.aborted).toBe(false);
    callers[1]?.abort();
    expect(signal.aborted).toBe(true);
  });

  it('tells all who wait when the model fails', async () => {
    const { answers, compute, reject } = pod();
    const all = [1, 2, 3].map(() => answers(QUESTION, undefined, compute));
    reject(new Error('no'));
    const outcomes = await Promise.allSettled(all);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  });
});

import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { createTokenBuckets } from '../limits/token-buckets.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { createGuard } from './guard.ts';

const rates = { requestsPerSecond: 1, burst: 5 };

/** @returns how many of 1,000 requests that say they were forwarded are let in */
function letIn(isCandidate: boolean): number {
  const guard = createGuard({
    authenticate: () => 'shop',
    metrics: createMetrics({ model_namespace: 'shop', model: 'books', version: '1.0.0' }),
    limit: { rates, budgets: createTokenBuckets(rates) },
    isCandidate: () => isCandidate,
  });
  const request = new IncomingMessage(new Socket());
  const isLetIn = () => {
    try {
      return guard(request, true) !== undefined;
    } catch {
      return false;
    }
  };
  return Array.from({ length: 1_000 }, isLetIn).filter(Boolean).length;
}

describe('requests that say they were forwarded', () => {
  it('are let in by a candidate far beyond the limit, which was applied elsewhere, but not without any', () => {
    expect(letIn(true)).toBeGreaterThanOrEqual(50);
    expect(letIn(true)).toBeLessThanOrEqual(70);
  });

  it('are like any others where none is forwarded to', () => {
    expect(letIn(false)).toBeLessThanOrEqual(7);
  });
});

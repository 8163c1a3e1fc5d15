import type { RateLimitConfig } from '../config/protection.ts';

/** Beyond this many callers the one that has been silent longest is forgotten, and starts anew with a full bucket. */
const MAX_CALLERS = 50_000;

/** Whether a request may be answered now, and if not, how long its caller should wait, milliseconds. */
export type Taken = { allowed: true } | { allowed: false; retryAfterMs: number };

/** Budgets of callers. */
export interface Budgets {
  /** Takes one request out of the caller's budget. */
  take(caller: string): Taken;
}

export const ALLOWED: Taken = { allowed: true };

/**
 * Token buckets in memory: each holds up to `burst` requests and fills by `requestsPerSecond`.
 * @param now clock, milliseconds, that never goes back
 */
export function createTokenBuckets(
  { requestsPerSecond, burst }: RateLimitConfig,
  now: () => number = () => performance.now(),
  maxCallers = MAX_CALLERS,
): Budgets {
  /** In the order of last use, the longest silent first. */
  const buckets = new Map<string, { tokens: number; at: number }>();
  const perMs = requestsPerSecond / 1000;

  function bucketOf(caller: string, time: number): { tokens: number; at: number } {
    const bucket = buckets.get(caller) ?? { tokens: burst, at: time };
    buckets.delete(caller);
    buckets.set(caller, bucket);
    const [silent] = buckets.keys();
    if (buckets.size > maxCallers && silent !== undefined) buckets.delete(silent);
    return bucket;
  }

  return {
    take(caller) {
      const time = now();
      const bucket = bucketOf(caller, time);
      bucket.tokens = Math.min(burst, bucket.tokens + (time - bucket.at) * perMs);
      bucket.at = time;
      if (bucket.tokens < 1) return { allowed: false, retryAfterMs: (1 - bucket.tokens) / perMs };
      bucket.tokens -= 1;
      return ALLOWED;
    },
  };
}

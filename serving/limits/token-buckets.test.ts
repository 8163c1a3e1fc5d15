import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createTokenBuckets } from './token-buckets.ts';

let now = 0;
beforeEach(() => {
  now = 1_000;
});
const clock = () => now;

describe('a token bucket', () => {
  it('lets a burst through, then one request whenever it has filled by one', () => {
    const buckets = createTokenBuckets({ requestsPerSecond: 10, burst: 3 }, clock);
    const take = () => buckets.take('shop');
    expect([take(), take(), take()].every(({ allowed }) => allowed)).toBe(true);
    expect(take()).toEqual({ allowed: false, retryAfterMs: 100 });
    now += 60;
    expect(take()).toEqual({ allowed: false, retryAfterMs: expect.closeTo(40) });
    now += 41;
    expect([take().allowed, take().allowed]).toEqual([true, false]);
    now += 3_600_000;
    expect([take(), take(), take(), take()].map(({ allowed }) => allowed)).toEqual([true, true, true, false]);
  });

  it('is one for each caller', () => {
    const buckets = createTokenBuckets({ requestsPerSecond: 1, burst: 1 }, clock);
    expect(['a', 'b', 'a', 'b'].map((caller) => buckets.take(caller).allowed)).toEqual([true, true, false, false]);
  });

  it('of the caller who was silent longest makes room for a new one', () => {
    const buckets = createTokenBuckets({ requestsPerSecond: 1, burst: 1 }, clock, 2);
    for (const caller of ['a', 'b', 'a', 'c']) buckets.take(caller);
    expect(['a', 'c', 'b'].map((caller) => buckets.take(caller).allowed)).toEqual([false, false, true]);
  });

  it('never lets more through than the burst and what has filled since, and never waits longer than it says', () => {
    const rates = { requestsPerSecond: fc.integer({ min: 1, max: 10_000 }), burst: fc.integer({ min: 1, max: 500 }) };
    fc.assert(
      fc.property(fc.record(rates), fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { maxLength: 300 }), (limit, pauses) => {
        now = 0;
        const buckets = createTokenBuckets(limit, clock);
        let allowed = 0;
        for (const pause of pauses) {
          now += pause;
          const taken = buckets.take('shop');
          if (taken.allowed) allowed += 1;
          else expect(taken.retryAfterMs).toBeLessThanOrEqual(1000 / limit.requestsPerSecond + 1e-6);
          expect(allowed).toBeLessThanOrEqual(limit.burst + (now * limit.requestsPerSecond) / 1000 + 1e-6);
        }
      }),
    );
  });
});

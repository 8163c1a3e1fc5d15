import { describe, expect, it } from '@jest/globals';
import { createCircuitBreaker } from './circuit-breaker.ts';

function breakerAt(clock: { now: number }) {
  return createCircuitBreaker(() => clock.now);
}

function fail(breaker: ReturnType<typeof createCircuitBreaker>, times: number): void {
  for (let time = 0; time < times; time += 1) if (breaker.allows()) breaker.failed();
}

describe('the circuit breaker', () => {
  it('lets calls through until five in a row have failed', () => {
    const breaker = breakerAt({ now: 0 });
    fail(breaker, 4);
    expect(breaker.allows()).toBe(true);
    breaker.failed();
    expect(breaker.allows()).toBe(false);
  });

  it('opens when half of the last twenty have failed', () => {
    const breaker = breakerAt({ now: 0 });
    for (let pair = 0; pair < 10; pair += 1) {
      expect(breaker.allows()).toBe(true);
      breaker.succeeded();
      expect(breaker.allows()).toBe(true);
      breaker.failed();
    }
    expect(breaker.allows()).toBe(false);
  });

  it('lets one call through after two seconds, and closes when it succeeds', () => {
    const clock = { now: 0 };
    const breaker = breakerAt(clock);
    fail(breaker, 5);
    clock.now = 2_000;
    expect([breaker.allows(), breaker.allows()]).toEqual([true, false]);
    breaker.succeeded();
    expect([breaker.allows(), breaker.allows()]).toEqual([true, true]);
  });

  it('stays open for another two seconds when that call fails', () => {
    const clock = { now: 0 };
    const breaker = breakerAt(clock);
    fail(breaker, 5);
    clock.now = 2_000;
    fail(breaker, 1);
    clock.now = 3_999;
    expect(breaker.allows()).toBe(false);
    clock.now = 4_000;
    expect(breaker.allows()).toBe(true);
  });

  it('lets the next call through when the one it tried ended without telling anything', () => {
    const clock = { now: 0 };
    const breaker = breakerAt(clock);
    fail(breaker, 5);
    clock.now = 2_000;
    expect(breaker.allows()).toBe(true);
    breaker.undecided();
    expect(breaker.allows()).toBe(true);
  });
});

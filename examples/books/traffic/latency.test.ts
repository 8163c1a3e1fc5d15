import { describe, expect, it } from '@jest/globals';

import { latencies } from './latency.ts';

describe('latencies', () => {
  it('has no quantile before the first record', () => {
    expect(latencies().quantile(0.5)).toBeUndefined();
  });

  it('gives nearest-rank quantiles within 2.5 %', () => {
    const times = latencies();
    for (let ms = 1; ms <= 1000; ms++) times.record(ms);
    for (const [q, expected] of [[0.5, 500], [0.9, 900], [0.99, 990], [1, 1000]] as const) {
      expect(Math.abs(times.quantile(q)! / expected - 1)).toBeLessThan(0.025);
    }
  });

  it('takes anything: nothing, and more than an hour', () => {
    const times = latencies();
    times.record(0);
    expect(times.quantile(1)).toBe(0.1);
    times.record(1e9);
    expect(times.quantile(1)).toBeGreaterThan(60_000);
  });
});

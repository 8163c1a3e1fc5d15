import { describe, expect, it } from '@jest/globals';
import { atMost, p99AtMost, quantile } from '../../bench/delivery/figures.ts';

describe('figures', () => {
  it('takes percentiles by nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([quantile(hundred, 0.5), quantile(hundred, 0.99), quantile([3, 1, 2], 0.99), quantile([], 0.5)]).toEqual([50, 99, 3, NaN]);
  });

  it('says whether a target is reached, and of how many values', () => {
    expect(p99AtMost([120, 80.456], 100)).toEqual({ figure: 120, target: 100, reached: false, statistic: 'p99', count: 2, p50: 80.46 });
    expect(atMost(5, 5, { noise: 1 })).toEqual({ figure: 5, target: 5, reached: true, noise: 1 });
  });

  it('does not take nothing for a success', () => {
    expect(p99AtMost([], 100).reached).toBe(false);
  });
});

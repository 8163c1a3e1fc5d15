import { describe, expect, it } from '@jest/globals';

import { mean, ndcgAt, recallAt, topItems } from './metrics.ts';

describe('recallAt', () => {
  it('is the share of the held-out items found: 2 of 3', () => {
    expect(recallAt(5, [9, 1, 8, 2, 7], new Set([1, 2, 3]))).toBeCloseTo(2 / 3, 12);
  });

  it('looks at the first k places only', () => {
    expect(recallAt(2, [9, 1, 8, 2, 7], new Set([1, 2]))).toBe(0.5);
  });

  it('can reach 1 where more items are relevant than k places hold', () => {
    expect(recallAt(2, [1, 2, 9], new Set([1, 2, 3, 4]))).toBe(1);
  });

  it('has no value without a relevant item', () => {
    expect(recallAt(2, [1, 2], new Set())).toBeNaN();
  });
});

describe('ndcgAt', () => {
  it('divides the gain of places 2 and 4 by that of places 1, 2 and 3', () => {
    // Gains by place: 1, 0.63093, 0.5, 0.43068. (0.63093 + 0.43068) / (1 + 0.63093 + 0.5) = 0.49819
    expect(ndcgAt(5, [9, 1, 8, 2, 7], new Set([1, 2, 3]))).toBeCloseTo(0.49819, 5);
  });

  it('is 1 for the ideal order and 0 without a hit', () => {
    expect(ndcgAt(3, [1, 2, 3], new Set([1, 2, 3]))).toBe(1);
    expect(ndcgAt(3, [4, 5, 6], new Set([1, 2, 3]))).toBe(0);
  });

  it('has no value without a relevant item', () => {
    expect(ndcgAt(3, [1], new Set())).toBeNaN();
  });
});

describe('mean', () => {
  it('leaves out users without a value', () => {
    expect(mean([1, Number.NaN, 0.5])).toBe(0.75);
  });
});

describe('topItems', () => {
  it('orders by falling score, then by item number, without the excluded', () => {
    expect(topItems([0.5, 0.9, 0.5, 0.7, 0.1], 3, new Set([3]))).toEqual([1, 0, 2]);
  });

  it('gives fewer than k when there are not more', () => {
    expect(topItems([1, 2], 5, new Set())).toEqual([1, 0]);
  });
});

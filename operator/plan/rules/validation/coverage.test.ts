import { describe, expect, it } from '@jest/globals';
import { sampleOf } from '../../../../serving/validate/sample.ts';
import { coverage } from './coverage.ts';

const ids = (count: number, from = 0) => sampleOf(Array.from({ length: count }, (_, index) => `item-${String(from + index)}`));

describe('how much of a set another has', () => {
  it('is exact where both are small', () => {
    expect(coverage(ids(100), ids(100, 25))).toEqual({ share: 0.75, isExact: true });
    expect(coverage(ids(3), ids(3, 10))).toEqual({ share: 0, isExact: true });
  });

  it.each([
    [10_000, 10_000, 1_000, 0.9],
    [10_000, 10_000, 7_000, 0.3],
    [50_000, 5_000, 0, 0.1],
    [5_000, 25_000, 0, 1],
    [100, 500, 50, 0.5],
  ])('is told from samples of %d and %d ids, the later from %d on: %d', (before, after, from, share) => {
    const found = coverage(ids(before), ids(after, from));
    expect(found?.isExact).toBe(false);
    expect(found?.share).toBeGreaterThan(share - 0.13);
    expect(found?.share).toBeLessThan(share + 0.13);
  });

  it('is told by a sample that was shortened, and is not taken for a small set', () => {
    const shortened = (count: number, from = 0) => ({ count, sample: Buffer.from(ids(count, from).sample, 'base64').subarray(0, 40 * 4).toString('base64') });
    const found = coverage(shortened(100), shortened(100, 25));
    expect(found?.isExact).toBe(false);
    expect(Math.abs((found?.share ?? 0) - 0.75)).toBeLessThan(0.25);
    expect(coverage(ids(10_000), shortened(10_000))).toEqual({ share: 1, isExact: false });
  });

  it('is not told where the later set is so large that hardly any id can be compared', () => {
    expect(coverage(ids(200), ids(100_000))).toBeUndefined();
  });

  it('takes nothing for a set of which there is nothing to compare', () => {
    expect(coverage(ids(0), ids(10))).toBeUndefined();
    expect(coverage(ids(10), ids(0))).toEqual({ share: 0, isExact: true });
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isSameQuantity, wholeOf } from './quantity.ts';

describe('quantities', () => {
  it.each([
    ['1000m', '1'],
    ['1Gi', '1024Mi'],
    ['0.5', '500m'],
    ['1e3', '1k'],
    ['1E', '1000P'],
    ['1.5Gi', '1536Mi'],
    [2, '2'],
    ['+1', '1.000'],
    ['100000u', '100m'],
    ['-1', '-1000m'],
    ['0', '0Mi'],
  ])('%p = %p', (a, b) => expect(isSameQuantity(a, b)).toBe(true));

  it.each([
    ['1', '2'],
    ['1G', '1Gi'],
    ['1m', '1M'],
    ['', ''],
    ['.', '.'],
    ['1 Gi', '1Gi'],
    ['one', 'one'],
    [true, true],
    [undefined, undefined],
    ['1e999', '1e999'],
  ])('%p ≠ %p', (a, b) => expect(isSameQuantity(a, b)).toBe(false));

  it('agrees with arithmetic in millis and mebis', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 0, max: 1e6 }), (a, b) => {
        expect(isSameQuantity(`${a}`, `${b}m`)).toBe(a * 1000 === b);
        expect(isSameQuantity(`${a}Gi`, `${b}Mi`)).toBe(a * 1024 === b);
      }),
    );
  });
});

describe('the whole part of a quantity', () => {
  it.each([['1500m', 1], ['999m', 0], ['2', 2], [3, 3], ['1.9', 1], ['2e0', 2], ['1Ki', 1024], ['100000u', 0], ['a lot', undefined]])('of %p is %p', (quantity, whole) => {
    expect(wholeOf(quantity)).toBe(whole);
  });
});

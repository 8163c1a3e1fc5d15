import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { rank } from './rank.ts';

const all = (k: number, banned: number[] = []) => ({ k, banned: new Set(banned), allowed: undefined });
const scores = (pairs: [number, number][]) => ({
  rows: Int32Array.from(pairs, ([row]) => row),
  scores: Float32Array.from(pairs, ([, score]) => score),
});

describe('ranking', () => {
  it('keeps the order of a graph that sorts, and takes the first k', () => {
    expect(rank(scores([[4, 3], [2, 2], [0, 1]]), all(2), 5)).toEqual([{ row: 4, score: 3 }, { row: 2, score: 2 }]);
  });

  it('fills up from behind the banned items', () => {
    expect(rank(scores([[4, 3], [2, 2], [0, 1]]), all(2, [4]), 5).map(({ row }) => row)).toEqual([2, 0]);
  });

  it('sorts what the graph did not, best first, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(99), fc.float({ noNaN: true, noDefaultInfinity: true })), { maxLength: 50 }), (pairs) => {
        const ranked = rank(scores(pairs), all(100), 100).map(({ score }) => score);
        expect(ranked).toEqual([...scores(pairs).scores].sort((left, right) => right - left));
      }),
    );
  });

  it.each<[string, [number, number]]>([
    ['an item beyond the last', [5, 1]],
    ['an item before the first', [-1, 1]],
    ['a score that is no number', [0, Number.NaN]],
    ['an infinite score', [0, Infinity]],
  ])('fails on %s', (_what, pair) => {
    expect(() => rank(scores([pair]), all(1), 5)).toThrow('the graph');
  });
});

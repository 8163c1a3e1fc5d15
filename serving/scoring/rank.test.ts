import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createRank } from './rank.ts';

const all = (k: number, banned: number[] = []) => ({ k, banned: new Set(banned), allowed: undefined });
const scores = (pairs: [number, number][]) => ({
  rows: Int32Array.from(pairs, ([row]) => row),
  scores: Float32Array.from(pairs, ([, score]) => score),
});
/** Of a graph that ranks five items. */
const rank = createRank({ count: 5, isRankedByGraph: true, isZeroNothing: false });
const rowsOf = (pairs: [number, number][], k = 5, banned: number[] = [], by = rank) => by(scores(pairs), all(k, banned)).map(({ row }) => row);

describe('ranking', () => {
  it('keeps the order of the graph, and takes the first k', () => {
    expect(rank(scores([[4, 3], [2, 2], [0, 1]]), all(2))).toEqual([{ row: 4, score: 3 }, { row: 2, score: 2 }]);
  });

  it.each<[string, [number, number][]]>([
    ['by distance, nearest first', [[1, 0.1], [2, 0.2], [3, 0.3]]],
    ['with a list that was diversified', [[1, 0.9], [2, 0.2], [3, 0.8]]],
  ])('keeps the order of a graph that ranks %s', (_how, pairs) => {
    expect(rowsOf(pairs)).toEqual([1, 2, 3]);
  });

  it('fills up from behind the banned items', () => {
    expect(rowsOf([[4, 3], [2, 2], [0, 1]], 2, [4])).toEqual([2, 0]);
  });

  it.each<[string, [number, number][], number[]]>([
    ['an item with the score −∞', [[4, 3], [2, -Infinity]], [4]],
    ['an item with the lowest score of float32', [[4, 3], [2, -3.4028234663852886e38]], [4]],
    ['an item that a mask puts near it', [[4, 3], [2, -3e38]], [4]],
    ['an empty place', [[4, 3], [-1, 2], [0, 1]], [4, 0]],
    ['an empty place in the tail, whatever row it has', [[4, 3], [0, -Infinity], [9, -Infinity]], [4]],
    ['an item that a better place has', [[1, 3], [1, 3], [2, 2], [1, 1], [3, 1]], [1, 2, 3]],
  ])('leaves out %s', (_what, pairs, rows) => {
    expect(rowsOf(pairs)).toEqual(rows);
  });

  it('keeps low scores that are scores', () => {
    expect(rowsOf([[4, 0], [2, -1e9], [0, -1e30]])).toEqual([4, 2, 0]);
  });

  it('says nothing if the graph scores all that it ranks with 0', () => {
    expect(rowsOf([[0, 0], [1, 0]])).toEqual([]);
    expect(rowsOf([[0, 1], [1, 0]], 5, [0])).toEqual([1]);
  });

  it('leaves out items that share nothing with what was asked for, where 0 means that', () => {
    const similar = createRank({ count: 5, isRankedByGraph: false, isZeroNothing: true });
    expect(rowsOf([[3, 0.5], [4, 0.4], [0, 0], [1, 0], [2, -0.1]], 5, [], similar)).toEqual([3, 4, 2]);
  });

  it('gives each item once and every item that may be, whatever the graph ranks', () => {
    const pair = fc.tuple(fc.integer({ min: -1, max: 4 }), fc.oneof(fc.constant(-Infinity), fc.integer({ min: -3, max: 3 })));
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 20 }), fc.array(fc.nat(4)), (pairs, banned) => {
        const said = pairs.filter(([row, score]) => row >= 0 && score > -Infinity);
        // Of a row that is named again the first place counts.
        const best = new Map(said.toReversed());
        const isNothing = [...best.values()].every((score) => score === 0);
        const expected = isNothing ? [] : [...new Set(said.map(([row]) => row))].filter((row) => !banned.includes(row));
        expect(rowsOf(pairs, 5, banned)).toEqual(expected);
      }),
    );
  });

  it('sorts classes by probability', () => {
    const classes = createRank({ count: 3, isRankedByGraph: false, isZeroNothing: false });
    expect(classes({ rows: undefined, scores: Float32Array.of(0.25, 0.5, 0) }, all(3))).toEqual([
      { row: 1, score: 0.5 },
      { row: 0, score: 0.25 },
      { row: 2, score: 0 },
    ]);
  });

  it.each<[string, [number, number]]>([
    ['an item beyond the last', [5, 1]],
    ['an item before the first', [-2, 1]],
    ['a score that is no number', [0, Number.NaN]],
    ['an infinite score', [0, Infinity]],
  ])('fails on %s', (_what, pair) => {
    expect(() => rank(scores([pair]), all(1))).toThrow('the graph');
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { selectBest } from './select.ts';

function best(scores: readonly number[], k: number, banned: number[] = [], allowed?: number[]) {
  const out = { rows: new Int32Array(k + 1).fill(-9), scores: new Float64Array(k + 1).fill(-9), at: 1 };
  const selection = { k, banned, allowed: allowed && Int32Array.from(allowed) };
  // Behind the scores of another request, which must not be looked at.
  const count = selectBest(Float64Array.from([Number.NaN, ...scores]), 1, scores.length, selection, out);
  return { rows: [...out.rows.subarray(1, 1 + count)], scores: [...out.scores.subarray(1, 1 + count)], before: out.rows[0] };
}

describe('the best of all scores', () => {
  it('are those that sorting would give, equal ones by row', () => {
    const score = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, min: -1e37, noDefaultInfinity: true }));
    const rows = fc.array(fc.nat(60), { maxLength: 20 });
    fc.assert(
      fc.property(fc.array(score, { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 20 }), rows, fc.option(rows), (scores, k, banned, some) => {
        const allowed = some === null ? undefined : [...new Set(some)].filter((row) => row < scores.length).sort((a, b) => a - b);
        const may = (row: number) => !banned.includes(row) && (allowed === undefined || allowed.includes(row));
        const expected = scores.map((_, row) => row).filter(may).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b).slice(0, k);
        const isLevel = scores.length > 1 && scores.every((score) => score === scores[0]);
        const found = best(scores, k, banned, allowed);
        if (isLevel) expected.length = 0;
        expect(found.rows).toEqual(expected);
        expect(found.scores.map((each) => each + 0)).toEqual(expected.map((row) => (scores[row] ?? 0) + 0));
        expect(found.before).toBe(-9);
      }),
    );
  });

  it('are fewer if the graph says of some items that they shall never be', () => {
    expect(best([3, -Infinity, 2, -3.4028234663852886e38, -3e38], 5)).toMatchObject({ rows: [0, 2], scores: [3, 2] });
    expect(best([-Infinity, -Infinity, 1], 2)).toMatchObject({ rows: [2] });
    expect(best([-Infinity, -Infinity], 2)).toMatchObject({ rows: [] });
  });

  it('are none if all items have the same score: nothing is known', () => {
    expect(best([0, 0, 0], 1).rows).toEqual([]);
    expect(best([4, 4, -Infinity, 4], 2).rows).toEqual([]);
    expect(best([4, 4, 4, 3], 2).rows).toEqual([0, 1]);
    // Of the items that a filter leaves, the others tell that it is a score.
    expect(best([4, 4, 3], 2, [], [0, 1]).rows).toEqual([0, 1]);
    expect(best([4], 1).rows).toEqual([0]);
  });

  it.each([Number.NaN, Infinity])('are not given where a score is %d, wherever it is', (value) => {
    for (const place of [0, 1, 2]) {
      expect(() => best([1, -Infinity, 3].with(place, value), 1)).toThrow(`the graph returned the score ${value} for row ${place}`);
    }
  });
});

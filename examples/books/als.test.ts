import { describe, expect, it } from '@jest/globals';

import { alternatingLeastSquares, solveCholesky } from './als.ts';
import { leaveLatestOut, transpose } from './split.ts';
import { scoresOf } from './train.ts';

describe('solveCholesky', () => {
  it('solves 4x + 2y = 10 and 2x + 3y = 11 (only the lower triangle is read)', () => {
    const [x, y] = solveCholesky(Float64Array.of(4, 99, 2, 3), Float64Array.of(10, 11));
    expect(x).toBeCloseTo(1, 12);
    expect(y).toBeCloseTo(3, 12);
  });
});

describe('alternatingLeastSquares', () => {
  it('tells two groups of tastes apart', () => {
    // Readers 0–2 read items 0–3, readers 3–5 items 4–7; reader 2 has not read item 3, reader 5 not item 7.
    const read = [[0, 1, 2, 3], [0, 1, 2, 3], [0, 1, 2], [4, 5, 6, 7], [4, 5, 6, 7], [4, 5, 6]];
    const factors = alternatingLeastSquares(read, 8, { factors: 2, sweeps: 10, alpha: 5, regularization: 0.1, seed: 1 });
    const third = scoresOf(factors, 2);
    expect(third[3]).toBeGreaterThan(0.5);
    expect(Math.abs(third[7]!)).toBeLessThan(0.1);
    expect(scoresOf(factors, 5)[7]).toBeGreaterThan(0.5);
  });
});

describe('leaveLatestOut', () => {
  it('holds out the latest readings of each user, whatever the order of the log', () => {
    const readings = [
      { user: 0, item: 30, order: 2 }, { user: 0, item: 10, order: 0 }, { user: 1, item: 5, order: 0 },
      { user: 0, item: 20, order: 1 }, { user: 1, item: 6, order: 1 },
    ];
    const { train, heldOut } = leaveLatestOut(readings, 2, 1);
    expect(train).toEqual([[10, 20], [5]]);
    expect(heldOut).toEqual([new Set([30]), new Set([6])]);
  });
});

describe('transpose', () => {
  it('lists the users of each item', () => {
    expect(transpose([[0, 2], [2]], 3)).toEqual([[0], [], [0, 1]]);
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LONGEST_SCORE, writeScore } from './decimal.ts';

function written(score: number): string {
  const out = Buffer.alloc(LONGEST_SCORE + 2);
  return out.toString('latin1', 1, writeScore(out, 1, score));
}

const rounded = (score: number) => String(Number(score.toPrecision(7)));

describe('a score', () => {
  it('is written with seven significant digits, whatever float32 it is', () => {
    const floats = fc.float({ noNaN: true, noDefaultInfinity: true });
    fc.assert(fc.property(floats, (score) => expect(written(score)).toBe(rounded(score))), { numRuns: 2_000 });
  });

  it('is written so in the sizes that models give', () => {
    const sizes = fc.tuple(fc.float({ min: -10, max: 10, noNaN: true }), fc.integer({ min: -6, max: 6 }));
    fc.assert(
      fc.property(sizes, ([score, power]) => {
        const scaled = Math.fround(score * 10 ** power);
        expect(written(scaled)).toBe(rounded(scaled));
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([
    [0, '0'], [1, '1'], [-1, '-1'], [0.5, '0.5'], [10, '10'], [1234567, '1234567'], [12345678, '12345680'],
    [9.9999999, '10'], [0.0001, '0.0001'], [-0.25, '-0.25'], [1e-7, '1e-7'], [1e21, '1e+21'], [3.4028234663852886e38, '3.402823e+38'],
    [-1.401298464324817e-45, '-1.401298e-45'], [999999.96, '1000000'], [0.1 + 0.2, '0.3'],
  ])('%d is %s', (score, text) => {
    expect(written(score)).toBe(text);
  });
});

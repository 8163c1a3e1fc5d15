import { describe, expect, it } from '@jest/globals';

import { nextBits, random, type State } from './random.ts';

describe('random', () => {
  it('follows xoshiro128** (first outputs from the state 1, 2, 3, 4, worked by hand from the reference code)', () => {
    const state: State = [1, 2, 3, 4];
    expect([nextBits(state), nextBits(state), nextBits(state)]).toEqual([11520, 0, 5927040]);
  });

  it('repeats itself for the same seed and differs for another', () => {
    const draw = (seed: number) => {
      const r = random(seed);
      return Array.from({ length: 5 }, () => r.uniform());
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it('draws standard normals: mean 0 and variance 1 within four standard errors', () => {
    const r = random(1);
    const n = 20_000;
    const values = Array.from({ length: n }, () => r.normal());
    const mean = values.reduce((sum, x) => sum + x, 0) / n;
    const variance = values.reduce((sum, x) => sum + x * x, 0) / n;
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
  });
});

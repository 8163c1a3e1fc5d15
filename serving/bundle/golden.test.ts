import { describe, expect, it } from '@jest/globals';
import { goldenSchema } from './golden.ts';

const toleranceOf = (...scores: number[]) => {
  const items = scores.map((score, index) => ({ id: `i${index}`, score }));
  return goldenSchema('user-to-items').parse({ request: {}, response: { items } }).tolerance;
};

describe('the tolerance of a golden request that states none', () => {
  it('is 1e-4, and what float32 can hold of large scores', () => {
    expect([toleranceOf(0.9, 0.5), toleranceOf(-4e6, 1), toleranceOf()]).toEqual([1e-4, 40, 1e-4]);
  });

  it('is that of probabilities for classes', () => {
    const response = { classes: [{ label: 'France', probability: 0.7 }] };
    expect(goldenSchema('text-to-classes').parse({ request: {}, response })).toMatchObject({ tolerance: 1e-4, isOwn: false });
  });
});

describe('a golden answer of the graph itself', () => {
  it('is marked', () => {
    expect(goldenSchema('user-to-items').parse({ request: {}, response: { items: [] }, answeredBy: 'graph' })).toMatchObject({ isOwn: true });
    expect(() => goldenSchema('user-to-items').parse({ request: {}, response: { items: [] }, answeredBy: 'me' })).toThrow('answeredBy');
  });
});

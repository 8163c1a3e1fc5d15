import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compare, overlapOf, rankBiasedOverlapOf, scoreDriftOf } from './compare.ts';

const letters = (text: string) => Array.from(text);
const letter = fc.constantFrom(...letters('abcdefghijkl'));
const list = fc.uniqueArray(letter, { maxLength: 10 });

describe('overlap@k', () => {
  it.each([
    ['abcd', 'abcd', 1],
    ['abcd', 'dcba', 1],
    ['abcd', 'baxy', 0.5],
    ['abcd', 'wxyz', 0],
    ['abcd', 'ab', 0.5],
    ['', '', 1],
    ['a', '', 0],
  ])('of %s and %s is %d', (one, other, expected) => {
    expect(overlapOf(letters(one), letters(other))).toBe(expected);
  });
});

describe('rank-biased overlap', () => {
  it.each([
    // Worked by hand from the equation.
    ['abcd', 'abcd', 1],
    ['ab', 'ba', 0.9],
    ['abc', 'xyz', 0],
    // X = 1, 1: 0.1/0.9 · (1 · 0.9 + 0.5 · 0.81) + 0.5 · 0.81
    ['ab', 'ax', 0.55],
    // The same two places the other way about weigh less: 0.1/0.9 · (0 + 0.5 · 0.81) + 0.5 · 0.81
    ['ab', 'xb', 0.45],
    // Uneven, s = 1, l = 2, X = 1, 1: the place that is missing is taken to agree as well as those before.
    ['a', 'ab', 1],
    ['', 'ab', 0],
    ['', '', 1],
  ])('of %s and %s is %d', (one, other, expected) => {
    expect(rankBiasedOverlapOf(letters(one), letters(other))).toBeCloseTo(expected, 12);
  });

  it('gives the first ten places 86% of the weight', () => {
    const same = letters('abcdefghij');
    const beyond = letters('klmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789');
    const others = letters('àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿāăąćĉċčďđēĕėęěĝğġģĥħĩīĭ');
    expect(rankBiasedOverlapOf([...same, ...beyond], [...same, ...others])).toBeCloseTo(0.86, 2);
  });

  it('is 1 for a list and itself, the same either way about, and within 0 and 1', () => {
    fc.assert(
      fc.property(list, list, (one, other) => {
        const found = rankBiasedOverlapOf(one, other);
        expect(rankBiasedOverlapOf(one, one)).toBeCloseTo(1, 12);
        expect(rankBiasedOverlapOf(other, one)).toBeCloseTo(found, 12);
        expect(found).toBeGreaterThanOrEqual(0);
        expect(found).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('is 0 exactly where nothing is in common, as overlap is', () => {
    fc.assert(
      fc.property(list, list, (one, other) => {
        expect(rankBiasedOverlapOf(one, other) === 0).toBe(overlapOf(one, other) === 0);
      }),
    );
  });

  it('loses more by a change of the first place than of the last', () => {
    fc.assert(
      fc.property(fc.uniqueArray(letter, { minLength: 2, maxLength: 10 }), (keys) => {
        const first = rankBiasedOverlapOf(keys, ['?', ...keys.slice(1)]);
        const last = rankBiasedOverlapOf(keys, [...keys.slice(0, -1), '?']);
        expect(first).toBeLessThan(last);
      }),
    );
  });
});

describe('score drift', () => {
  const ranking = (keys: string, scores: number[]) => ({ keys: letters(keys), scores });

  it.each([
    ['the same', ranking('ab', [2, 1]), ranking('ab', [2, 1]), 0],
    ['a tenth', ranking('ab', [2, 1]), ranking('ab', [2.2, 0.9]), 0.1],
    ['of what both have', ranking('ab', [2, 1]), ranking('xb', [9, 1.5]), 0.5],
    ['of negative scores', ranking('a', [-2]), ranking('a', [-1]), 0.5],
    ['nothing in common', ranking('a', [2]), ranking('b', [2]), undefined],
    ['scores of 0', ranking('a', [0]), ranking('a', [1]), undefined],
  ])('%s', (_what, champion, candidate, expected) => {
    const found = scoreDriftOf(champion, candidate);
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toBeCloseTo(expected, 12);
  });

  it('is the factor by which all scores grew, less one', () => {
    const scores = fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(scores, fc.double({ min: 1, max: 5, noNaN: true }), (before, factor) => {
        const keys = before.map((_score, index) => `item ${index}`);
        const drift = scoreDriftOf({ keys, scores: before }, { keys, scores: before.map((each) => each * factor) });
        expect(drift).toBeCloseTo(factor - 1, 9);
      }),
    );
  });
});

describe('coverage', () => {
  const champion = { keys: letters('ab'), scores: [2, 1], fallback: false };

  it.each([
    ['as many items', { ...champion, keys: letters('xy') }, true],
    ['fewer items', { ...champion, keys: letters('a'), scores: [2] }, false],
    ['popular items instead', { ...champion, scores: [0, 0], fallback: true }, false],
  ])('%s', (_what, candidate, covered) => {
    expect(compare(champion, candidate).covered).toBe(covered);
  });

  it('compares no scores that no model gave', () => {
    expect(compare(champion, { ...champion, scores: [0, 0], fallback: true })).toMatchObject({ overlap: 1, scoreDrift: undefined });
  });
});

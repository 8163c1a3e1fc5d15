import { describe, expect, it } from '@jest/globals';

import { generateWorld } from '../generate.ts';
import { random } from '../random.ts';
import { cascadeClick, createReaders } from './readers.ts';

const world = generateWorld({ users: 50, items: 60, seed: 3 });

describe('cascadeClick', () => {
  /** Gives the listed numbers, one a call. */
  const draws = (...numbers: number[]) => () => numbers.shift() ?? 1;

  it('clicks the first place that attracts', () => {
    expect(cascadeClick(['a', 'b'], () => 0.5, draws(0.4))).toBe('a');
  });

  it('looks further, and clicks the second', () => {
    expect(cascadeClick(['a', 'b'], () => 0.5, draws(0.9, 0.1, 0.2))).toBe('b');
  });

  it('may give up before it sees what would attract', () => {
    expect(cascadeClick(['a', 'b'], (id) => (id === 'b' ? 1 : 0), draws(0.5, 0.9))).toBeUndefined();
  });

  it('clicks the third of three equal places 0.5² × 0.85² as often as the first', () => {
    const draw = random(1);
    const clicks = { a: 0, b: 0, c: 0 };
    for (let i = 0; i < 20_000; i++) {
      const clicked = cascadeClick(['a', 'b', 'c'], () => 0.5, draw.uniform);
      if (clicked) clicks[clicked as 'a' | 'b' | 'c'] += 1;
    }
    expect(clicks.c / clicks.a).toBeCloseTo(0.5 ** 2 * 0.85 ** 2, 1);
  });
});

describe('createReaders', () => {
  const readers = createReaders(50, world);

  it('adds visitors whom no model knows', () => {
    expect(readers.ids).toEqual([...world.userIds, 'visitor-1']);
  });

  it('knows the books of the shop', () => {
    expect([readers.knows('book-0060'), readers.knows('book-0061')]).toEqual([true, false]);
  });

  it('clicks more on what a reader likes than on what the reader does not', () => {
    const byLiking = world.books.map(({ id }, item) => ({ id, p: world.likes(0, item) })).sort((a, b) => b.p - a.p).map(({ id }) => id);
    const draw = random(2);
    const clicks = (shown: string[]) =>
      Array.from({ length: 500 }, () => readers.click('reader-0001', shown, draw)).filter((id) => id !== undefined).length;
    expect(clicks(byLiking.slice(0, 10))).toBeGreaterThan(5 * clicks(byLiking.slice(-10)));
  });
});

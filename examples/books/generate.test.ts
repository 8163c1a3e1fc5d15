import { describe, expect, it } from '@jest/globals';

import { dataDigest } from './bundle.ts';
import { generateWorld } from './generate.ts';

const SIZE = { users: 60, items: 400, seed: 5 };

describe('generateWorld', () => {
  const world = generateWorld(SIZE);

  it('gives the same world for the same seed, another for another', () => {
    expect(dataDigest(generateWorld(SIZE))).toBe(dataDigest(world));
    expect(dataDigest(generateWorld({ ...SIZE, seed: 6 }))).not.toBe(dataDigest(world));
  });

  it('gives every reader at least 14 different books, in an order without gaps', () => {
    for (let user = 0; user < SIZE.users; user++) {
      const own = world.readings.filter((reading) => reading.user === user);
      expect(own.length).toBeGreaterThanOrEqual(14);
      expect(new Set(own.map(({ item }) => item)).size).toBe(own.length);
      expect(own.map(({ order }) => order)).toEqual(own.map((_, i) => i));
    }
  });

  it('has readers read what they like: liking what they read is more probable than liking any book', () => {
    const read = world.readings.map(({ user, item }) => world.likes(user, item));
    const any = world.userIds.flatMap((_, user) => world.books.map((_, item) => world.likes(user, item)));
    const average = (values: number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
    expect(any.every((p) => p > 0 && p < 1)).toBe(true);
    expect(average(read)).toBeGreaterThan(2 * average(any));
  });

  it('gives books different ids and titles', () => {
    expect(new Set(world.books.map(({ id }) => id)).size).toBe(SIZE.items);
    expect(new Set(world.books.map(({ title }) => title)).size).toBe(SIZE.items);
    expect(world.books[0]).toMatchObject({ id: 'book-0001', title: expect.stringMatching(/^The /), genre: expect.any(String) });
  });
});

import { describe, expect, it } from '@jest/globals';

import { generateWorld } from './generate.ts';
import { topItems } from './metrics.ts';
import { measure, popularity, scoresOf, splitOf, trainFactors } from './train.ts';
import { readByUser, VERSIONS } from './versions.ts';

describe('the recommenders, on readings that none of them saw', () => {
  const world = generateWorld();
  const split = splitOf(world);
  const read = readByUser(split);
  const counts = popularity(split, world.size.items);
  const scorers = [() => counts, ...['1.0.0', '2.0.0'].map((name) => {
    const factors = trainFactors(world, split, VERSIONS.find(({ version }) => version === name)!.als);
    return (user: number) => scoresOf(factors, user);
  })];

  it('rank popularity < 1.0.0 < 2.0.0, each better by a quarter at least', () => {
    const [base, first, second] = scorers.map((scores) => measure(split, scores));
    for (const metric of ['recall@10', 'ndcg@10'] as const) {
      expect(first![metric]).toBeGreaterThan(1.25 * base![metric]);
      expect(second![metric]).toBeGreaterThan(1.25 * first![metric]);
    }
  });

  it('rank the same by the true probability that a reader likes what is recommended', () => {
    const liking = scorers.map((scores) => {
      let sum = 0;
      for (let user = 0; user < world.size.users; user += 10) {
        for (const item of topItems(scores(user), 10, new Set(read[user]))) sum += world.likes(user, item);
      }
      return sum / world.size.users;
    });
    expect(liking[1]).toBeGreaterThan(1.25 * liking[0]!);
    expect(liking[2]).toBeGreaterThan(1.25 * liking[1]!);
  });
});

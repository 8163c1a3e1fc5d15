import { alternatingLeastSquares, type AlsParameters, type Factors } from './als.ts';
import type { World } from './generate.ts';
import { mean, ndcgAt, recallAt, topItems } from './metrics.ts';
import { leaveLatestOut, type Split } from './split.ts';

/** Latest readings of each user that no recommender sees. */
export const HELD_OUT = 4;

export interface OfflineMetrics {
  'recall@10': number;
  'ndcg@10': number;
}

export const splitOf = (world: World): Split => leaveLatestOut(world.readings, world.size.users, HELD_OUT);

export const trainFactors = (world: World, split: Split, parameters: AlsParameters): Factors =>
  alternatingLeastSquares(split.train, world.size.items, parameters);

/** Scores of all items for one user, [N]: the arithmetic that the graph does. */
export function scoresOf(factors: Factors, user: number): Float32Array {
  const { dimensions: d, users, items } = factors;
  const scores = new Float32Array(items.length / d);
  for (let item = 0; item < scores.length; item++) {
    let sum = 0;
    for (let i = 0; i < d; i++) sum += users[user * d + i]! * items[item * d + i]!;
    scores[item] = sum;
  }
  return scores;
}

/** How often each item was read, [N]: the recommender to beat. */
export function popularity(split: Split, items: number): Float32Array {
  const counts = new Float32Array(items);
  for (const item of split.train.flat()) counts[item]! += 1;
  return counts;
}

/** Ranks all items but those in a user's training history, and compares with the held-out ones. Four decimals. */
export function measure(split: Split, scores: (user: number) => ArrayLike<number>): OfflineMetrics {
  const rankings = split.train.map((read, user) => topItems(scores(user), 10, new Set(read)));
  const over = (metric: typeof recallAt) =>
    Number(mean(rankings.map((ranked, user) => metric(10, ranked, split.heldOut[user]!))).toFixed(4));
  return { 'recall@10': over(recallAt), 'ndcg@10': over(ndcgAt) };
}

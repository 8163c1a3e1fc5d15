import { InferenceFailed } from './failures.ts';
import type { Scores } from './waiting.ts';

/** An item of an answer: its row in the bundle's items, and its score. */
export interface RankedItem {
  row: number;
  score: number;
}

/**
 * The best `k` of what the graph ranked, best first, without the excluded rows.
 * @param itemCount rows the bundle describes
 * @throws InferenceFailed when the graph names a row that does not exist or a score that is no number
 */
export function rank(scores: Scores, excluded: ReadonlySet<number>, k: number, itemCount: number): RankedItem[] {
  const ranked: RankedItem[] = [];
  let sorted = true;
  for (let place = 0; place < scores.items.length; place += 1) {
    const item = { row: scores.items[place] ?? -1, score: scores.scores[place] ?? Number.NaN };
    checkItem(item, itemCount);
    sorted &&= item.score <= (scores.scores[place - 1] ?? Infinity);
    if (!excluded.has(item.row)) ranked.push(item);
  }
  // TopK need not sort; one that does is not sorted again.
  if (!sorted) ranked.sort((left, right) => right.score - left.score);
  return ranked.slice(0, k);
}

function checkItem({ row, score }: RankedItem, itemCount: number): void {
  if (row < 0 || row >= itemCount) throw new InferenceFailed(`the graph answered item ${row} of ${itemCount}`);
  if (!Number.isFinite(score)) throw new InferenceFailed(`the graph gave item ${row} the score ${score}`);
}

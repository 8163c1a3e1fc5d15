import { includes } from '../bundle/attributes.ts';
import type { RankedItem } from '../bundle/ranked.ts';
import { InferenceFailed } from './failures.ts';
import type { Scores } from './waiting.ts';

interface Wanted {
  k: number;
  banned: ReadonlySet<number>;
  /** Rows that may be in the answer, ascending; absent = all. */
  allowed: Int32Array | undefined;
}

/**
 * The best `k` of what the graph said, best first, of the rows that may be in the answer.
 * @param count rows the bundle describes
 * @throws InferenceFailed when the graph names a row that does not exist or a score that is no number
 */
export function rank({ rows, scores }: Scores, { k, banned, allowed }: Wanted, count: number): RankedItem[] {
  const ranked: RankedItem[] = [];
  let sorted = true;
  for (let place = 0; place < scores.length; place += 1) {
    const item = { row: rows === undefined ? place : (rows[place] ?? -1), score: scores[place] ?? Number.NaN };
    checkItem(item, count);
    sorted &&= item.score <= (scores[place - 1] ?? Infinity);
    if (!banned.has(item.row) && (allowed === undefined || includes(allowed, item.row))) ranked.push(item);
  }
  // TopK need not sort; one that does is not sorted again.
  if (!sorted) ranked.sort((left, right) => right.score - left.score);
  return ranked.slice(0, k);
}

function checkItem({ row, score }: RankedItem, count: number): void {
  if (row < 0 || row >= count) throw new InferenceFailed(`the graph returned row ${row}, and the ${count} rows count from 0 to ${count - 1}`);
  if (!Number.isFinite(score)) throw new InferenceFailed(`the graph returned the score ${score} for row ${row}`);
}

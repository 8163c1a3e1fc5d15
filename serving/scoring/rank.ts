import { includes } from '../bundle/attributes.ts';
import type { RankedItem } from '../bundle/ranked.ts';
import { InferenceFailed } from './failures.ts';
import { EMPTY_PLACE, isNever } from './never.ts';
import type { Scores } from './waiting.ts';

interface Wanted {
  k: number;
  banned: ReadonlySet<number>;
  /** Rows that may be in the answer, ascending; absent = all. */
  allowed: Int32Array | undefined;
}

interface Catalogue {
  /** Rows the bundle describes. */
  count: number;
  /** The graph ranks by itself, and may leave places empty or name a row twice. */
  isRankedByGraph: boolean;
  /** A score of exactly 0 says that nothing is known of an item: it shares nothing with the history or the text. */
  isZeroNothing: boolean;
}

/**
 * The first `k` of what the graph said, in its order or classes by probability, of the rows that may be in the answer; none if it said nothing.
 * @throws InferenceFailed when the graph names a row that does not exist, or a score that is NaN or +∞
 */
type Rank = (scores: Scores, wanted: Wanted) => RankedItem[];

export function createRank({ count, isRankedByGraph, isZeroNothing }: Catalogue): Rank {
  // Row → the answer that named it last: cheaper than a set for each answer.
  const namedIn = new Float64Array(isRankedByGraph ? count : 0);
  let answers = 0;

  /** Looks at a place once. @returns whether it says something of an item that no better place has */
  function says({ row, score }: RankedItem): boolean {
    if (isRankedByGraph && (isNever(score) || row === EMPTY_PLACE)) return false;
    checkItem({ row, score }, count);
    if (isZeroNothing && score === 0) return false;
    if (!isRankedByGraph) return true;
    if (namedIn[row] === answers) return false;
    namedIn[row] = answers;
    return true;
  }

  return ({ rows, scores }, { k, banned, allowed }) => {
    answers += 1;
    const ranked: RankedItem[] = [];
    let isAllZero = isRankedByGraph;
    for (let place = 0; place < scores.length; place += 1) {
      const item = { row: rows === undefined ? place : rows[place]!, score: scores[place]! };
      if (!says(item)) continue;
      isAllZero &&= item.score === 0;
      if (!banned.has(item.row) && (allowed === undefined || includes(allowed, item.row))) ranked.push(item);
    }
    if (isAllZero) return [];
    // Classes come in the order of the graph's columns.
    if (rows === undefined) ranked.sort((left, right) => right.score - left.score);
    return ranked.slice(0, k);
  };
}

function checkItem({ row, score }: RankedItem, count: number): void {
  if (!(row >= 0 && row < count)) throw new InferenceFailed(`the graph returned row ${row}, and the ${count} rows count from 0 to ${count - 1}`);
  if (!Number.isFinite(score)) throw new InferenceFailed(`the graph returned the score ${score} for row ${row}`);
}

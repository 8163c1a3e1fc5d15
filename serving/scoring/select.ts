import type { ScoreArray, Selection } from './messages.ts';
import { isNever } from './never.ts';

/**
 * Writes the best of the scores `all[from … from + columns)` to `rows` and `scores` at `at`, best first, equal ones by
 * row. A heap of k of which the worst is on top: N comparisons, and few more than k · log k moves.
 * @returns how many there are, at most `k`; fewer if the graph rules items out, none if it scores all items alike, which
 *   says nothing of any of them
 * @throws Error when a score is NaN or +∞
 */
export function selectBest(
  all: ScoreArray,
  from: number,
  columns: number,
  { k, banned, allowed }: Selection,
  out: { rows: Int32Array; scores: ScoreArray; at: number },
): number {
  const heap = createHeap(Math.min(k, columns));
  const never = new Set(banned);
  let check = 0;
  if (allowed === undefined) {
    for (let row = 0; row < columns; row += 1) {
      const score = all[from + row]!;
      // NaN from here on, once a score is NaN or infinite, which is looked into below.
      check += score * 0;
      if (heap.takes(score) && !never.has(row)) heap.add(row, score);
    }
  } else {
    for (const row of allowed) {
      const score = all[from + row]!;
      check += score * 0;
      if (heap.takes(score) && !never.has(row)) heap.add(row, score);
    }
  }
  if (check !== 0) refuseOthersThanNever(all, from, columns);
  const count = heap.drain(out);
  const isLevel = count > 0 && out.scores[out.at] === out.scores[out.at + count - 1] && scoresAllAlike(all, from, columns);
  return isLevel ? 0 : count;
}

function refuseOthersThanNever(all: ScoreArray, from: number, columns: number): void {
  for (let row = 0; row < columns; row += 1) {
    const score = all[from + row]!;
    if (!Number.isFinite(score) && !isNever(score)) throw new Error(`the graph returned the score ${score} for row ${row}`);
  }
}

/** Whether two items or more have a score, and all of them the same. Most rows show at their first items that they do not. */
function scoresAllAlike(all: ScoreArray, from: number, columns: number): boolean {
  let first: number | undefined;
  let count = 0;
  for (let row = 0; row < columns; row += 1) {
    const score = all[from + row]!;
    if (isNever(score)) continue;
    first ??= score;
    if (score !== first) return false;
    count += 1;
  }
  return count > 1;
}

/** The `size` best (score, row) pairs so far; rows are added in ascending order. */
function createHeap(size: number) {
  const rows = new Int32Array(size);
  const scores = new Float64Array(size);
  let length = 0;

  /** Whether a is to be thrown out before b. */
  const isWorse = (a: number, b: number) =>
    scores[a]! < scores[b]! || (scores[a] === scores[b] && rows[a]! > rows[b]!);

  function swap(a: number, b: number): void {
    const row = rows[a]!;
    const score = scores[a]!;
    rows[a] = rows[b]!;
    scores[a] = scores[b]!;
    rows[b] = row;
    scores[b] = score;
  }

  function sink(end: number): void {
    for (let at = 0, child = 1; child < end; child = 2 * at + 1) {
      if (child + 1 < end && isWorse(child + 1, child)) child += 1;
      if (!isWorse(child, at)) return;
      swap(at, child);
      at = child;
    }
  }

  return {
    takes: (score: number) => length < size || score > scores[0]!,
    add(row: number, score: number): void {
      const isFull = length === size;
      let at = isFull ? 0 : length;
      rows[at] = row;
      scores[at] = score;
      if (isFull) return sink(length);
      length += 1;
      for (let parent = (at - 1) >> 1; at > 0 && isWorse(at, parent); parent = (at - 1) >> 1) {
        swap(at, parent);
        at = parent;
      }
    },
    /** Takes the worst off, one after the other, and so writes from behind; those that shall never be are not written. */
    drain({ rows: outRows, scores: outScores, at }: { rows: Int32Array; scores: ScoreArray; at: number }): number {
      let count = length;
      for (; count > 0 && isNever(scores[0]!); count -= 1) {
        swap(0, count - 1);
        sink(count - 1);
      }
      for (let place = count - 1; place >= 0; place -= 1) {
        outRows[at + place] = rows[0]!;
        outScores[at + place] = scores[0]!;
        swap(0, place);
        sink(place);
      }
      return count;
    },
  };
}

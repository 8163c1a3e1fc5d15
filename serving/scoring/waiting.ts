import type { Row } from './encode.ts';
import { InferenceFailed, InferenceTimedOut } from './failures.ts';
import type { BatchResult, ScoreArray, Selection } from './messages.ts';
import type { RawTensor } from './tensors.ts';

/** What the graph said of one request, best first where it ranks; [width] each. */
export interface Scores {
  /** Rows of the bundle's items; absent where place p is class p. */
  rows: Int32Array | undefined;
  scores: ScoreArray;
}

/** A request to be scored, together with others where the graph can. */
export interface ScoreJob {
  kind: 'score';
  row: Row;
  selection: Selection;
}

/** Named tensors to be run as they are, alone. */
interface InferJob {
  kind: 'infer';
  feeds: RawTensor[];
  outputs: string[];
}

interface Settling<T> {
  resolve(result: T): void;
  reject(error: Error): void;
  /** Nobody waits beyond this time of performance.now(), or when the signal has aborted. */
  until: number;
  signal: AbortSignal | undefined;
}

/** Jobs that wait for a worker, with what to tell their callers. */
export type Waiting = (ScoreJob & Settling<Scores>) | (InferJob & Settling<RawTensor[]>);
type WaitingScore = Extract<Waiting, { kind: 'score' }>;

/**
 * Puts a job at the end of `queue`.
 * @param place makes the entry of the queue from what settles it
 * @returns what it is settled with; rejects, at the latest when its turn comes, once nobody waits any more
 */
export function enqueue<T>(
  queue: Waiting[],
  place: (settling: Settling<T>) => Waiting,
  within: number,
  signal: AbortSignal | undefined,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  if (signal?.aborted === true) reject(new InferenceTimedOut('the caller went away'));
  else queue.push(place({ resolve, reject, until: performance.now() + within, signal }));
  return promise;
}

/** Takes what can be run next: one raw run, or the requests at the head of the queue, at most `most`. */
export function takeNext(queue: Waiting[], most: number): Waiting[] {
  const now = performance.now();
  const taken: Waiting[] = [];
  let seen = 0;
  for (const waiting of queue) {
    const isAlone = waiting.kind === 'infer';
    if (taken.length === most || (isAlone && taken.length > 0)) break;
    seen += 1;
    if (hasGone(waiting, now)) continue;
    taken.push(waiting);
    if (isAlone) break;
  }
  queue.splice(0, seen);
  return taken;
}

/**
 * Tells those who have waited too long. One look at all of them now and then costs less than a timer for each.
 * @param jobs queued, or being run
 */
export function expire(jobs: readonly Waiting[]): void {
  const now = performance.now();
  for (const waiting of jobs) hasGone(waiting, now);
}

/** Whether nobody waits for it any more, and if so rejects it. */
function hasGone({ until, signal, reject }: Waiting, now: number): boolean {
  const isAborted = signal?.aborted === true;
  if (isAborted || now >= until) reject(new InferenceTimedOut(isAborted ? 'the caller went away' : 'no answer in time'));
  return isAborted || now >= until;
}

/** Hands each request of a batch its row, or the failure of its row. */
export function settle(batch: readonly WaitingScore[], { width, rows, scores, lengths, failures }: BatchResult): void {
  for (const { row, message } of failures) batch[row]?.reject(new InferenceFailed(message));
  const failed = new Set(failures.map((failure) => failure.row));
  batch.forEach((waiting, row) => {
    if (failed.has(row)) return;
    const from = row * width;
    const to = from + (lengths?.[row] ?? width);
    waiting.resolve({ rows: rows.length === 0 ? undefined : rows.subarray(from, to), scores: scores.subarray(from, to) });
  });
}

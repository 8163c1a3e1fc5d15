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
export interface InferJob {
  kind: 'infer';
  feeds: RawTensor[];
  outputs: string[];
}

/** Jobs that wait for a worker, with what to tell their callers. */
export type Waiting =
  | (ScoreJob & { resolve(scores: Scores): void; reject(error: Error): void })
  | (InferJob & { resolve(tensors: RawTensor[]): void; reject(error: Error): void });
export type WaitingScore = Extract<Waiting, { kind: 'score' }>;

/**
 * Puts a job at the end of `queue`.
 * @param place makes the entry of the queue from what settles it
 * @returns what it is settled with; rejects when `within` ms pass or `signal` aborts, and leaves the queue
 */
export function enqueue<T>(
  queue: Waiting[],
  place: (settle: Pick<PromiseWithResolvers<T>, 'resolve' | 'reject'>) => Waiting,
  within: number,
  signal?: AbortSignal,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const waiting = place({ resolve, reject });
  const leave = (why: string) => {
    const index = queue.indexOf(waiting);
    if (index >= 0) queue.splice(index, 1);
    reject(new InferenceTimedOut(why));
  };
  const abandoned = () => leave('the caller went away');
  const late = setTimeout(() => leave(`no answer within ${within} ms`), within);
  signal?.addEventListener('abort', abandoned, { once: true });
  // A signal that has aborted already tells nobody again.
  if (signal?.aborted === true) abandoned();
  else queue.push(waiting);
  return promise.finally(() => {
    clearTimeout(late);
    signal?.removeEventListener('abort', abandoned);
  });
}

/** Takes what can be run next: one raw run, or the requests at the head of the queue, at most `most`. */
export function takeNext(queue: Waiting[], most: number): Waiting[] {
  let count = 0;
  while (count < most && queue[count]?.kind === 'score') count += 1;
  return queue.splice(0, Math.max(count, 1));
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

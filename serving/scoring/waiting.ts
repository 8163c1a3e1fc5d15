import { InferenceFailed, InferenceTimedOut } from './failures.ts';
import type { BatchResult } from './messages.ts';

/** What the graph said of one user: rows of the bundle's items and their scores, [width] each, as the graph ranks them. */
export interface Scores {
  items: Int32Array;
  scores: Float32Array;
}

/** One request that waits for the worker. */
export interface Waiting {
  user: number;
  resolve(scores: Scores): void;
  reject(error: Error): void;
}

/**
 * Puts a user (position in the vocabulary) at the end of `queue`.
 * @returns the scores, once `settle` gives them; rejects when `within` ms pass or `signal` aborts, and leaves the queue
 */
export function enqueue(queue: Waiting[], user: number, within: number, signal?: AbortSignal): Promise<Scores> {
  const { promise, resolve, reject } = Promise.withResolvers<Scores>();
  const waiting: Waiting = { user, resolve, reject };
  const leave = (why: string) => {
    const place = queue.indexOf(waiting);
    if (place >= 0) queue.splice(place, 1);
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

/** Hands each request of a batch its row, or the failure of its row. */
export function settle(batch: readonly Waiting[], { width, items, scores, failures }: BatchResult): void {
  for (const { row, message } of failures) batch[row]?.reject(new InferenceFailed(message));
  const failed = new Set(failures.map((failure) => failure.row));
  batch.forEach((waiting, row) => {
    if (failed.has(row)) return;
    const from = row * width;
    waiting.resolve({ items: items.subarray(from, from + width), scores: scores.subarray(from, from + width) });
  });
}

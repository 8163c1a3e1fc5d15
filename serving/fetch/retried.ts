import { setTimeout as pause } from 'node:timers/promises';
import { BundleFailure } from '../bundle/failure.ts';
import { backoff } from '../contract/backoff.ts';
import { TransientError } from './source/opened.ts';

const ATTEMPTS = 4;
const PAUSES_MS = { first: 200, longest: 2_000 };
/** An attempt that brought this much, bytes, was worth it: those before it do not count any more. */
const PROGRESS = 1024 * 1024;

/**
 * Repeats `attempt` after transient failures, pausing 0.2, 0.4, 0.8 s, each pause up to half shorter by chance.
 * @param reached how far the attempts have come, bytes
 * @throws BundleFailure `SourceUnavailable` after four in a row without progress; whatever else an attempt throws
 */
export async function retried<T>(attempt: () => Promise<T>, signal: AbortSignal, reached = () => 0): Promise<T> {
  let furthest = 0;
  for (let made = 1; ; made += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof TransientError) || signal.aborted) throw error;
      if (reached() >= furthest + PROGRESS) {
        furthest = reached();
        made = 1;
      }
      if (made === ATTEMPTS) {
        throw new BundleFailure('SourceUnavailable', `${error.message}, ${ATTEMPTS} times in a row.`, error);
      }
    }
    await pause(backoff(made, PAUSES_MS, Math.random()));
  }
}

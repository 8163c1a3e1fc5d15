import { backoff } from '../../serving/contract/backoff.ts';
import type { Clock } from './time.ts';

/** Tells how long a failed key waits: its own doubling backoff, and one bucket for all keys together. */
export type RateLimiter = {
  /** Milliseconds, by the key's own backoff at most `longest`; counts as one more failure of the key. */
  delay(key: string, longest?: number): number;
  forget(key: string): void;
  failures(key: string): number;
};

const FIRST_MS = 5;
const LONGEST_MS = 5 * 60_000;
/** Retries a second over all keys, and how many may come at once; the figures of controller-runtime. */
const PER_SECOND = 10;
const BURST = 100;

export function createRateLimiter(clock: Clock): RateLimiter {
  const counts = new Map<string, number>();
  let tokens = BURST;
  let filledAt = clock.now();

  /** Takes a token, on credit if need be, and says how long to wait until it is really there. */
  const common = (): number => {
    const now = clock.now();
    tokens = Math.min(BURST, tokens + ((now - filledAt) / 1000) * PER_SECOND) - 1;
    filledAt = now;
    return tokens >= 0 ? 0 : (-tokens / PER_SECOND) * 1000;
  };

  return {
    delay: (key, longest = LONGEST_MS) => {
      const failures = counts.get(key) ?? 0;
      counts.set(key, failures + 1);
      return Math.max(backoff(failures + 1, { first: FIRST_MS, longest }, 0), common());
    },
    forget: (key) => void counts.delete(key),
    failures: (key) => counts.get(key) ?? 0,
  };
}

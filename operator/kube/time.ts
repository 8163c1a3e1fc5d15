import { backoff } from '../../serving/contract/backoff.ts';

/** The clock and the timers that queue, reflector and elector run on, so that tests can move time by hand. */
export type Clock = {
  /** Milliseconds on a clock that never jumps; it also runs while the process is stopped. */
  now(): number;
  /** Calls back once after `ms`; the returned function cancels. */
  after(ms: number, callback: () => void): () => void;
};

/** Longest delay that setTimeout takes; more would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, Math.min(Math.max(ms, 0), LONGEST_MS));
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`, or as soon as the signal aborts; never rejects. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, Math.min(ms, LONGEST_MS));
    signal?.addEventListener('abort', end, { once: true });
  });
}

/**
 * A signal that aborts after `ms` or together with `parent`. `end` must be called when the work is done: it takes the
 * timer and the listener away, so that a parent which lives as long as the process collects nothing.
 */
export function deadline(ms: number, parent?: AbortSignal): { signal: AbortSignal; expired(): boolean; disarm(): void; end(): void } {
  const controller = new AbortController();
  let expired = false;
  const timer = setTimeout(() => {
    expired = true;
    controller.abort();
  }, ms);
  const follow = (): void => controller.abort();
  if (parent?.aborted === true) follow();
  parent?.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    expired: () => expired,
    disarm: () => clearTimeout(timer),
    end: () => {
      clearTimeout(timer);
      parent?.removeEventListener('abort', follow);
    },
  };
}

/** Delays that double from `first` to `longest` ms, each with jitter of 50–100 %, until `reset`. */
export function delays(first: number, longest: number): { next(): number; reset(): void } {
  let failures = 0;
  return {
    next: () => backoff((failures += 1), { first, longest }, Math.random()),
    reset: () => {
      failures = 0;
    },
  };
}

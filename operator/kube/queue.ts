import type { Metrics } from '../telemetry/metrics.ts';
import { createRateLimiter, type RateLimiter } from './rateLimiter.ts';
import { type Clock, systemClock } from './time.ts';

/**
 * A set of keys to work on. A key waits at most once and is never given to two workers at once; one that is added
 * while it is in work is given out again afterwards.
 */
export type WorkQueue = {
  readonly name: string;
  /** Keys that wait now. */
  readonly length: number;
  add(key: string): void;
  /** Adds after `ms`; of several such requests for a key the earliest counts. */
  addAfter(key: string, ms: number): void;
  /**
   * Adds after the key's own backoff (5 ms, doubled with each failure, up to 5 min or to `longestMs`) and the common rate limit,
   * but not sooner than `atLeastMs`.
   */
  addRateLimited(key: string, limits?: { readonly atLeastMs?: number; readonly longestMs?: number | undefined }): void;
  /** Forgets the key's failures. */
  forget(key: string): void;
  /** Failures of the key since it was last forgotten. */
  failures(key: string): number;
  /** The next key, or undefined once the queue is shut down. The key must be given back with `done`. */
  take(): Promise<string | undefined>;
  done(key: string): void;
  /** Milliseconds that the key longest in work has been there; 0 when none is. */
  longestRunningMs(): number;
  /**
   * Hands out nothing more and resolves when all keys in progress are done. Waiting keys are dropped: the next leader lists
   * everything anyway.
   */
  shutdown(): Promise<void>;
};

export function createQueue(
  name: string,
  options: { readonly clock?: Clock; readonly metrics?: Metrics; readonly rateLimiter?: RateLimiter } = {},
): WorkQueue {
  const clock = options.clock ?? systemClock;
  const rateLimiter = options.rateLimiter ?? createRateLimiter(clock);
  const waiting = new Map<string, number>();
  const working = new Map<string, number>();
  const again = new Set<string>();
  const delayed = new Map<string, { readonly due: number; readonly cancel: () => void }>();
  const takers: ((key: string | undefined) => void)[] = [];
  const drained = Promise.withResolvers<void>();
  const observe = queueMetrics(name, options.metrics, () => [...working.values()].map((since) => clock.now() - since));
  let closed = false;

  const hand = (): void => {
    for (const [key, since] of waiting) {
      const taker = takers.shift();
      if (taker === undefined) return;
      waiting.delete(key);
      working.set(key, clock.now());
      observe.taken(waiting.size, clock.now() - since);
      taker(key);
    }
  };

  const add = (key: string): void => {
    if (closed || waiting.has(key) || again.has(key)) return;
    observe.added();
    if (working.has(key)) {
      again.add(key);
      return;
    }
    waiting.set(key, clock.now());
    observe.depth(waiting.size);
    hand();
  };

  const addAfter = (key: string, ms: number): void => {
    if (closed) return;
    if (ms <= 0) return add(key);
    const due = clock.now() + ms;
    const pending = delayed.get(key);
    if (pending !== undefined && pending.due <= due) return;
    pending?.cancel();
    const cancel = clock.after(ms, () => {
      delayed.delete(key);
      add(key);
    });
    delayed.set(key, { due, cancel });
  };

  const done = (key: string): void => {
    const since = working.get(key);
    if (since === undefined) return;
    working.delete(key);
    observe.finished(clock.now() - since);
    if (again.delete(key) && !closed) waiting.set(key, clock.now());
    observe.depth(waiting.size);
    hand();
    if (closed && working.size === 0) drained.resolve();
  };

  return {
    name,
    get length() {
      return waiting.size;
    },
    add,
    addAfter,
    addRateLimited: (key, { atLeastMs = 0, longestMs } = {}) => {
      observe.retried();
      addAfter(key, Math.max(rateLimiter.delay(key, longestMs), atLeastMs));
    },
    forget: (key) => rateLimiter.forget(key),
    failures: (key) => rateLimiter.failures(key),
    take: () => {
      if (closed) return Promise.resolve(undefined);
      observe.worked(waiting.size);
      return new Promise((resolve) => {
        takers.push(resolve);
        hand();
      });
    },
    done,
    longestRunningMs: () => Math.max(0, ...[...working.values()].map((since) => clock.now() - since)),
    shutdown: () => {
      closed = true;
      for (const { cancel } of delayed.values()) cancel();
      delayed.clear();
      waiting.clear();
      observe.depth(0);
      for (const taker of takers.splice(0)) taker(undefined);
      if (working.size === 0) drained.resolve();
      return drained.promise;
    },
  };
}

/** `runningMs` returns the ages of the keys in progress; it is called whenever metrics are scraped. */
function queueMetrics(name: string, metrics: Metrics | undefined, runningMs: () => number[]) {
  metrics?.whenScraped(() => {
    const seconds = runningMs().map((ms) => ms / 1000);
    metrics.unfinishedSeconds.set({ name }, seconds.reduce((sum, next) => sum + next, 0));
    metrics.longestSeconds.set({ name }, Math.max(0, ...seconds));
  });
  // A replica on standby fills its queue and takes nothing from it: nothing waits there, and no alert may say so.
  let isWorked = false;
  const depth = (size: number): void => {
    if (isWorked) metrics?.queueDepth.set({ name }, size);
  };
  return {
    depth,
    worked: (size: number): void => {
      isWorked = true;
      depth(size);
    },
    added: (): void => metrics?.queueAdds.inc({ name }),
    retried: (): void => metrics?.queueRetries.inc({ name }),
    taken: (size: number, waitedMs: number): void => {
      depth(size);
      metrics?.queueSeconds.observe({ name }, waitedMs / 1000);
    },
    finished: (ms: number): void => metrics?.workSeconds.observe({ name }, ms / 1000),
  };
}

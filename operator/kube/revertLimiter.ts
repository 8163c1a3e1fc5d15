const MOST = 5;
const WITHIN_MS = 60_000;
const REST_MS = 600_000;

/** Limits how often something is reverted: a person edits and sees what happens, a controller writes the same again forever. */
interface RevertLimiter {
  /** False for ten minutes after the fifth revert within one minute. @param what an object, and who edited it */
  allows(what: string): boolean;
  /** Counts a revert. */
  count(what: string): void;
}

/** @param now milliseconds on any clock that does not go back */
export function createRevertLimiter(now: () => number = () => performance.now()): RevertLimiter {
  /** Times of the last minute, or of the fifth and last. */
  const made = new Map<string, number[]>();

  const isOver = (times: readonly number[]): boolean => now() - (times.at(-1) ?? 0) >= (times.length < MOST ? WITHIN_MS : REST_MS);
  function forgetOld(): void {
    for (const [what, times] of made) if (isOver(times)) made.delete(what);
  }

  return {
    allows: (what) => {
      forgetOld();
      return (made.get(what) ?? []).length < MOST;
    },
    count: (what) => {
      const recent = (made.get(what) ?? []).filter((at) => now() - at < WITHIN_MS);
      made.set(what, [...recent, now()]);
    },
  };
}

const MOST = 5;
const WITHIN_MS = 60_000;

/** How often something may be put back: a person edits and sees what becomes of it, a controller writes the same again for ever. */
export interface PutBacks {
  /** Counts one, unless there were five in the last minute already. @param what an object, and by whom it was edited */
  allows(what: string): boolean;
}

/** @param now milliseconds on any clock that does not go back */
export function createPutBacks(now: () => number = () => performance.now()): PutBacks {
  const made = new Map<string, number[]>();

  function forgetOld(): void {
    for (const [what, times] of made) {
      const recent = times.filter((at) => at > now() - WITHIN_MS);
      if (recent.length === 0) made.delete(what);
      else made.set(what, recent);
    }
  }

  return {
    allows(what) {
      forgetOld();
      const times = made.get(what) ?? [];
      if (times.length >= MOST) return false;
      made.set(what, [...times, now()]);
      return true;
    },
  };
}

const WINDOW_MS = 5 * 60_000;
/** Whoever was seen so recently is not noted again: the window is that much shorter for some, and a note costs more than a look. */
const FRESH_MS = 10_000;
/** Beyond this many the oldest are forgotten: the figure is then a lower bound, and the memory stays bounded. */
const MAX_USERS = 200_000;

export interface ActiveUsers {
  seen(user: string): void;
  /** Distinct users of the last five minutes. */
  count(): number;
}

/** @param now clock, milliseconds */
export function createActiveUsers(now: () => number = Date.now): ActiveUsers {
  /** User → when last seen; insertion order is the order of last sight, oldest first. */
  const lastSeen = new Map<string, number>();

  function forgetOld(): void {
    const oldest = now() - WINDOW_MS;
    for (const [user, at] of lastSeen) {
      if (at >= oldest && lastSeen.size <= MAX_USERS) return;
      lastSeen.delete(user);
    }
  }

  return {
    seen(user) {
      const at = now();
      if (at - (lastSeen.get(user) ?? -Infinity) < FRESH_MS) return;
      lastSeen.delete(user);
      lastSeen.set(user, at);
      if (lastSeen.size > MAX_USERS) forgetOld();
    },
    count() {
      forgetOld();
      return lastSeen.size;
    },
  };
}

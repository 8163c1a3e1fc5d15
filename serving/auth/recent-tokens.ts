/** How long a token counts as good without another look; a key that its issuer withdraws is trusted no longer than that. */
const GOOD_FOR_MS = 60_000;
const MAX_TOKENS = 10_000;

/** Tokens that were good a moment ago, by their hash: checking a signature takes longer than the rest of a request. */
interface RecentTokens {
  callerOf(tokenHash: string): string | undefined;
  /** @param expiresAt end of the token's own life, milliseconds */
  keep(tokenHash: string, caller: string, expiresAt: number): void;
}

/** @param now clock, milliseconds */
export function createRecentTokens(now: () => number): RecentTokens {
  /** In the order they were kept, the oldest first. */
  const kept = new Map<string, { caller: string; until: number }>();
  return {
    callerOf(tokenHash) {
      const entry = kept.get(tokenHash);
      return entry !== undefined && now() < entry.until ? entry.caller : undefined;
    },
    keep(tokenHash, caller, expiresAt) {
      kept.delete(tokenHash);
      kept.set(tokenHash, { caller, until: Math.min(expiresAt, now() + GOOD_FOR_MS) });
      const [oldest] = kept.keys();
      if (kept.size > MAX_TOKENS && oldest !== undefined) kept.delete(oldest);
    },
  };
}

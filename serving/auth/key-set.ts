import { createRemoteJWKSet, customFetch, errors, type FetchImplementation, type JWTVerifyGetKey } from 'jose';
import { Agent, request } from 'undici';
import { checkedLookup, checkLiteral } from '../fetch/source/hosts.ts';
import { createSparseLog, messageOf } from '../telemetry/log.ts';
import { CredentialsUncheckable } from './credential-failures.ts';

const REFRESH_EVERY_MS = 600_000;
/** Tokens that name unknown keys must not make this pod ask its issuer again and again. */
const COOLDOWN_MS = 30_000;
const PAUSE_AFTER_FAILURE_MS = 5_000;
const ANSWER_WITHIN_MS = 3_000;
/** A set has a few keys of 2 KiB at most; certificate chains come with some. */
const MAX_BYTES = 256 * 1024;

/** Whoever may set the address of a model's issuer must not reach what only the node may. */
const agent = new Agent({ connect: { lookup: checkedLookup }, maxResponseSize: MAX_BYTES });

/** The public keys of an issuer (JWKS, RFC 7517). */
export interface KeySet {
  /** @throws JWKSNoMatchingKey; CredentialsUncheckable when the key is not known and the issuer does not answer */
  keyOf: JWTVerifyGetKey;
  /** Fetches the keys anew; keeps those it has when that fails, and says so in the log. */
  refresh(): Promise<void>;
  close(): void;
}

interface Pauses {
  refreshEveryMs: number;
  cooldownMs: number;
  pauseAfterFailureMs: number;
}

/**
 * Follows the key set at `uri`: fetched at once, every ten minutes, and when a token names a key that is not in it.
 * While the issuer cannot be reached the last set stays in force.
 */
export function followKeySet(uri: string, pauses: Partial<Pauses> = {}): KeySet {
  const { refreshEveryMs = REFRESH_EVERY_MS, cooldownMs = COOLDOWN_MS, pauseAfterFailureMs = PAUSE_AFTER_FAILURE_MS } = pauses;
  const sparseLog = createSparseLog(60_000);
  const remote = createRemoteJWKSet(new URL(uri), {
    timeoutDuration: ANSWER_WITHIN_MS,
    cooldownDuration: cooldownMs,
    // The set never goes stale by itself: an issuer that is down must not lock out everybody.
    cacheMaxAge: Infinity,
    [customFetch]: pausingFetch(pauseAfterFailureMs),
  });

  async function refresh(): Promise<void> {
    await remote.reload().catch((error: unknown) => {
      sparseLog('warn', 'JWKS cannot be fetched, the last keys stay in force', { uri, error: reasonOf(error) });
    });
  }

  void refresh();
  const timer = setInterval(() => void refresh(), refreshEveryMs).unref();
  return {
    async keyOf(header, token) {
      try {
        return await remote(header, token);
      } catch (error) {
        if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
        throw new CredentialsUncheckable(reasonOf(error));
      }
    },
    refresh,
    close: () => clearInterval(timer),
  };
}

/** `fetch failed` says little; what it failed of is its cause. */
function reasonOf(error: unknown): string {
  return messageOf((error as { cause?: unknown }).cause ?? error);
}

/**
 * A bounded fetch that fails at once for a while after it has failed: who waits for a dead issuer waits no longer than
 * once.
 */
function pausingFetch(pauseMs: number): FetchImplementation {
  let pausedUntil = 0;
  return async (url, { signal }) => {
    if (performance.now() < pausedUntil) throw new Error('the issuer failed a moment ago');
    try {
      checkLiteral(new URL(url).hostname);
      const { statusCode, body } = await request(url, { dispatcher: agent, signal, headers: { accept: 'application/json' } });
      if (statusCode !== 200) pausedUntil = performance.now() + pauseMs;
      return new Response(await body.arrayBuffer(), { status: statusCode });
    } catch (error) {
      pausedUntil = performance.now() + pauseMs;
      throw error;
    }
  };
}

import type { IncomingMessage } from 'node:http';
import { type Authenticate, startAuthentication } from '../auth/authenticate.ts';
import { CredentialsRefused } from '../auth/credential-failures.ts';
import { Problem } from '../common/problems.ts';
import type { ProtectionConfig, RateLimitConfig } from '../config/protection.ts';
import { createRedisLease, type ScriptRunner } from '../limits/redis-lease.ts';
import { createSharedBudgets } from '../limits/shared-budgets.ts';
import { type Budgets, createTokenBuckets } from '../limits/token-buckets.ts';
import { createSparseLog } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { noteCaller } from './request-record.ts';

/**
 * Forwarded requests have been counted where they came in. But anybody who reaches a candidate's pods can say that
 * theirs are: so many times the limit of one pod none of its callers will need, however few pods the candidate has.
 */
const FORWARDED_TIMES = 10;

/** Who asks: a name for limits and logs, never a credential. */
export interface Caller {
  name: string;
}

/**
 * Lets a request in, or throws a Problem: first who asks, then whether they ask too often.
 * @param isForwarded another pod of the model has let it in already
 */
export type Guard = (request: IncomingMessage, isForwarded: boolean) => Caller | Promise<Caller>;

/** What the guard works with. */
interface GuardDeps {
  authenticate: Authenticate;
  metrics: Metrics;
  /** Absent = no limit. */
  limit?: { rates: RateLimitConfig; budgets: Budgets } | undefined;
  /** Forwarded requests come here, and the pod that sent them has taken them out of their caller's budget. */
  isCandidate?: () => boolean;
}

/** Reads API keys, follows the issuer's keys, and connects the budgets to Redis, whatever of it is configured. */
export async function startGuard(
  config: ProtectionConfig & { namespace: string; model: string },
  metrics: Metrics,
  isCandidate: () => boolean,
  redis?: ScriptRunner,
): Promise<Guard> {
  const authenticate = await startAuthentication(config.auth);
  const rates = config.rateLimit;
  if (rates === undefined) return createGuard({ authenticate, metrics });
  const own = createTokenBuckets(rates);
  const lease = redis && createRedisLease(redis, `${config.namespace}:${config.model}`, rates);
  const budgets = lease === undefined ? own : createSharedBudgets(rates, lease, own);
  return createGuard({ authenticate, metrics, limit: { rates, budgets }, isCandidate });
}

export function createGuard({ authenticate, metrics, limit, isCandidate = () => false }: GuardDeps): Guard {
  const audit = createSparseLog(10_000);
  const forwarded = limit && createTokenBuckets(times(limit.rates, FORWARDED_TIMES));

  function refuse(error: unknown): never {
    if (!(error instanceof CredentialsRefused)) throw error;
    metrics.count('unauthorized', { reason: error.reason });
    audit('warn', `request refused: ${error.reason} credentials`);
    throw new Problem('Unauthenticated', error.message);
  }

  function letIn(name: string, request: IncomingMessage, isForwarded: boolean): Caller {
    noteCaller(request, name);
    // Only a candidate's pods get forwarded requests: elsewhere the header is the caller's own invention.
    const budgets = isForwarded && isCandidate() ? forwarded : limit?.budgets;
    if (limit === undefined || budgets === undefined) return { name };
    const taken = budgets.take(name);
    if (taken.allowed) return { name };
    metrics.count('throttled');
    audit('warn', 'request refused: rate limit exceeded', { caller: name });
    throw tooMany(limit.rates, taken.retryAfterMs);
  }

  return (request, isForwarded) => {
    let name: string | Promise<string>;
    try {
      name = authenticate(request.headers);
    } catch (error) {
      refuse(error);
    }
    if (typeof name === 'string') return letIn(name, request, isForwarded);
    return name.catch(refuse).then((known) => letIn(known, request, isForwarded));
  };
}

function times({ requestsPerSecond, burst }: RateLimitConfig, factor: number): RateLimitConfig {
  return { requestsPerSecond: requestsPerSecond * factor, burst: burst * factor };
}

/** Header fields of https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/. */
function tooMany({ requestsPerSecond, burst }: RateLimitConfig, retryAfterMs: number): Problem {
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  const sentence = `Each caller may send ${requestsPerSecond} requests per second, with bursts of ${burst}; try again in ${seconds} s.`;
  return new Problem('TooManyRequests', sentence, [], {
    'retry-after': String(seconds),
    'ratelimit-policy': `"caller";q=${burst};w=${Math.max(1, Math.ceil(burst / requestsPerSecond))}`,
    ratelimit: `"caller";r=0;t=${seconds}`,
  });
}

import type { RateLimitConfig } from '../config/protection.ts';
import { createSparseLog, messageOf } from '../telemetry/log.ts';
import { ALLOWED, type Budgets, type Taken } from './token-buckets.ts';

/** What a pod takes at once, as a share of a second's requests: with ten pods they hold at most a second's worth. */
const LEASE_SECONDS = 0.1;
const MAX_LEASE = 1_000;
/** A caller who asks for too much must not make the pods ask Redis as often. */
const ASK_EMPTY_EVERY_MS = 1_000 * LEASE_SECONDS;
const ALONE_FOR_MS = 5_000;
const MAX_CALLERS = 50_000;

/** What the budget that all pods share has given. */
export interface Lease {
  /** Requests, 0 to as many as were asked for. */
  granted: number;
  /** Where fewer were granted: when asking again makes sense, milliseconds from now. */
  waitMs: number;
}

/** Takes up to `wanted` requests out of a caller's shared budget. Rejects when the budget cannot be reached. */
export type TakeLease = (caller: string, wanted: number) => Promise<Lease>;

/** One caller's requests at this pod. */
interface Account {
  /** Requests this pod may still let in; below 0 = let in before they were granted. */
  credit: number;
  isAsking: boolean;
  /** The shared budget is empty until then. */
  emptyUntil: number;
  /** The shared budget cannot be had until then. */
  aloneUntil: number;
}

/**
 * Budgets that all pods of a model share. No request waits for the shared budget: a pod takes leases from it ahead of
 * need, and while one is on its way lets in at most one lease more, which later leases pay for. So over any time the
 * pods together let in what one bucket would, and at most one lease a pod more. While the shared budget cannot be
 * reached each pod limits alone, by `own`: for each caller by itself, as it may be one bucket that cannot be had.
 * @param own this pod's own budgets, as large as the shared ones
 * @param now clock, milliseconds, that never goes back
 */
export function createSharedBudgets(
  { requestsPerSecond, burst }: RateLimitConfig,
  takeLease: TakeLease,
  own: Budgets,
  now: () => number = () => performance.now(),
): Budgets {
  const lease = Math.max(1, Math.min(MAX_LEASE, burst, Math.ceil(requestsPerSecond * LEASE_SECONDS)));
  const accounts = new Map<string, Account>();
  const sparseLog = createSparseLog(60_000);

  function accountOf(caller: string): Account {
    const account = accounts.get(caller) ?? { credit: 0, isAsking: false, emptyUntil: 0, aloneUntil: 0 };
    accounts.delete(caller);
    accounts.set(caller, account);
    const [silent] = accounts.keys();
    if (accounts.size > MAX_CALLERS && silent !== undefined) accounts.delete(silent);
    return account;
  }

  async function renew(caller: string, account: Account): Promise<void> {
    account.isAsking = true;
    const wanted = lease - account.credit;
    try {
      const { granted, waitMs } = await takeLease(caller, wanted);
      account.credit += granted;
      if (granted < wanted) account.emptyUntil = now() + Math.max(waitMs, ASK_EMPTY_EVERY_MS);
    } catch (error) {
      account.credit = 0;
      account.aloneUntil = now() + ALONE_FOR_MS;
      sparseLog('warn', 'shared rate limit unavailable, this pod limits on its own', { error: messageOf(error) });
    }
    account.isAsking = false;
  }

  function takeShared(caller: string, taken: Taken): Taken {
    const account = accountOf(caller);
    if (now() < account.aloneUntil) return taken;
    const isEmpty = now() < account.emptyUntil;
    if (account.credit * 2 <= lease && !account.isAsking && !isEmpty) void renew(caller, account);
    if (account.credit < 1 && (isEmpty || account.credit <= -lease)) {
      return { allowed: false, retryAfterMs: Math.max(1, account.emptyUntil - now()) };
    }
    account.credit -= 1;
    return ALLOWED;
  }

  return {
    take(caller) {
      // Always asked, so that it is right from the moment it is needed.
      const taken = own.take(caller);
      return taken.allowed ? takeShared(caller, taken) : taken;
    },
  };
}

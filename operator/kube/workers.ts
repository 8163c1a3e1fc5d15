import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { ChangedMeanwhile, KubeError, NotLeader } from './errors.ts';
import type { WorkQueue } from './queue.ts';

/** What a reconcile says when it ends well: come back after this time, or only when something changes. */
export type Outcome = { readonly requeueAfterMs?: number };

export type Workers = {
  /** Lets running reconciles finish, starts no more, and resolves. */
  stop(): Promise<void>;
};

/** This many conflicts in a row are normal; more mean that something is wrong. */
const USUAL_RACES = 5;
/** The longest that a Retry-After of the API server holds back one key. */
const LONGEST_RETRY_AFTER_SECONDS = 300;
/** What stands in the way of a refused write may be in no cache, so nothing but another try shows that it is gone. */
const REFUSED_AGAIN_MS = 20_000;

/**
 * Runs `reconcile` for the queue's keys, `count` at a time. It has three ways out: it resolves, and the key's failures
 * are forgotten; it throws, and is tried again with backoff; it throws an error with `terminal: true`, and is not tried
 * again until something changes.
 */
export function runWorkers(
  queue: WorkQueue,
  reconcile: (key: string) => Promise<Outcome>,
  options: { readonly count: number; readonly log: Log; readonly metrics?: Metrics },
): Workers {
  showCounters(queue.name, options.metrics);
  const work = async (): Promise<void> => {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      try {
        await workOn(queue, key, reconcile, options);
      } finally {
        queue.done(key);
      }
    }
  };
  const running = Array.from({ length: options.count }, work);
  return {
    stop: async () => {
      await queue.shutdown();
      await Promise.all(running);
    },
  };
}

/** As 0 from the start: `increase` misses the first event of a series that begins with 1. */
function showCounters(controller: string, metrics: Metrics | undefined): void {
  for (const result of ['success', 'requeue_after', 'error', 'terminal']) metrics?.reconcileTotal.inc({ controller, result }, 0);
  metrics?.reconcileErrors.inc({ controller }, 0);
}

async function workOn(
  queue: WorkQueue,
  key: string,
  reconcile: (key: string) => Promise<Outcome>,
  { log, metrics }: { readonly log: Log; readonly metrics?: Metrics },
): Promise<void> {
  const controller = queue.name;
  const stopTimer = metrics?.reconcileSeconds.startTimer({ controller });
  metrics?.activeWorkers.inc({ controller });
  let result = 'success';
  try {
    const { requeueAfterMs } = await reconcile(key);
    queue.forget(key);
    if (requeueAfterMs !== undefined) {
      result = 'requeue_after';
      queue.addAfter(key, requeueAfterMs);
    }
  } catch (error) {
    result = failed(queue, key, error, log);
    metrics?.reconcileErrors.inc({ controller });
  } finally {
    stopTimer?.();
    metrics?.activeWorkers.dec({ controller });
    metrics?.reconcileTotal.inc({ controller, result });
  }
}

function failed(queue: WorkQueue, key: string, error: unknown, log: Log): string {
  if (error instanceof NotLeader) {
    log.info('reconcile stopped: leadership lost', { key, error });
    return 'error';
  }
  if (isTerminal(error)) {
    queue.forget(key);
    log.error('reconcile failed permanently, waiting for a change', { key, error });
    return 'terminal';
  }
  queue.addRateLimited(key, limitsFor(error));
  const failures = queue.failures(key);
  if (error instanceof ChangedMeanwhile && failures <= USUAL_RACES) {
    log.info('object changed in the meantime, retrying', { key, failures, message: error.message });
  } else {
    log.error('reconcile failed, retrying', { key, failures, error });
  }
  return 'error';
}

/** Without an answer (status 0) there is an outage, and all keys come back slowly. */
function limitsFor(error: unknown): Parameters<WorkQueue['addRateLimited']>[1] {
  if (!(error instanceof KubeError)) return {};
  const atLeastMs = Math.min(error.retryAfterSeconds ?? 0, LONGEST_RETRY_AFTER_SECONDS) * 1000;
  return { atLeastMs, ...(error.status === 0 ? {} : { longestMs: REFUSED_AGAIN_MS }) };
}

function isTerminal(error: unknown): boolean {
  return error instanceof Error && 'terminal' in error && error.terminal === true;
}

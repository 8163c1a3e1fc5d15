import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { rolloutMetrics } from './rollouts.ts';

export type Metrics = ReturnType<typeof createMetrics>;

/** Seconds; reaches from a cache-only reconcile (1 ms) to one that waits for a slow API server (60 s). */
const SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/**
 * The operator's metrics under the names that controller-runtime uses, so that existing dashboards and alerts work.
 * One registry a process; tests make their own.
 */
export function createMetrics(options: { readonly processMetrics?: boolean } = {}) {
  const registry = new Registry();
  if (options.processMetrics === true) collectDefaultMetrics({ register: registry });
  const atScrape: (() => void)[] = [];
  const queues = queueMetrics(registry, () => {
    for (const callback of atScrape) callback();
  });
  return {
    registry,
    /** Registers a callback that sets the queues' ages just before they are scraped. */
    whenScraped: (callback: () => void): void => void atScrape.push(callback),
    ...reconcileMetrics(registry),
    ...queues,
    ...apiMetrics(registry),
    rollouts: rolloutMetrics(registry),
    notifications: new Counter({
      name: 'recommender_notifications_total',
      help: 'Attempts to send a notification, by event and outcome: accepted, failed',
      labelNames: ['event', 'outcome'] as const,
      registers: [registry],
    }),
  };
}

function reconcileMetrics(registry: Registry) {
  const registers = [registry];
  return {
    reconcileTotal: new Counter({
      name: 'controller_runtime_reconcile_total',
      help: 'Reconciliations by result: success, requeue_after, error, terminal',
      labelNames: ['controller', 'result'] as const,
      registers,
    }),
    reconcileErrors: new Counter({
      name: 'controller_runtime_reconcile_errors_total',
      help: 'Reconciliations that failed',
      labelNames: ['controller'] as const,
      registers,
    }),
    reconcileSeconds: new Histogram({
      name: 'controller_runtime_reconcile_time_seconds',
      help: 'Duration of one reconciliation',
      labelNames: ['controller'] as const,
      buckets: SECONDS,
      registers,
    }),
    activeWorkers: new Gauge({
      name: 'controller_runtime_active_workers',
      help: 'Workers reconciling at the moment',
      labelNames: ['controller'] as const,
      registers,
    }),
  };
}

function queueMetrics(registry: Registry, beforeScrape: () => void) {
  const registers = [registry];
  const labelNames = ['name'] as const;
  return {
    queueDepth: new Gauge({ name: 'workqueue_depth', help: 'Keys waiting for a worker; only from the replica that leads', labelNames, registers }),
    queueAdds: new Counter({ name: 'workqueue_adds_total', help: 'Keys added', labelNames, registers }),
    queueRetries: new Counter({ name: 'workqueue_retries_total', help: 'Keys added again after a failure', labelNames, registers }),
    queueSeconds: new Histogram({
      name: 'workqueue_queue_duration_seconds',
      help: 'Time a key waits for a worker',
      labelNames,
      buckets: SECONDS,
      registers,
    }),
    workSeconds: new Histogram({
      name: 'workqueue_work_duration_seconds',
      help: 'Time a worker spends on a key',
      labelNames,
      buckets: SECONDS,
      registers,
    }),
    unfinishedSeconds: new Gauge({
      name: 'workqueue_unfinished_work_seconds',
      help: 'Sum of the running times of all keys in progress',
      labelNames,
      collect: beforeScrape,
      registers,
    }),
    longestSeconds: new Gauge({
      name: 'workqueue_longest_running_processor_seconds',
      help: 'Running time of the longest-running key',
      labelNames,
      registers,
    }),
  };
}

function apiMetrics(registry: Registry) {
  const registers = [registry];
  return {
    apiRequests: new Counter({
      name: 'rest_client_requests_total',
      help: 'Requests to the API server; code is <error> if there was no response',
      labelNames: ['code', 'method', 'host'] as const,
      registers,
    }),
    leader: new Gauge({
      name: 'leader_election_master_status',
      help: '1 while this process holds the Lease',
      labelNames: ['name'] as const,
      registers,
    }),
  };
}

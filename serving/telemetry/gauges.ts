import { monitorEventLoopDelay } from 'node:perf_hooks';

import type { Metrics } from './metrics.ts';

/** The monitor wakes up this often, milliseconds; what it measures is the time from one waking to the next. */
const RESOLUTION_MS = 10;
const QUANTILES = [0.5, 0.99, 1];

interface Sources {
  activeUsers(): number;
  /** Requests that wait for an inference worker. */
  waiting(): number;
}

/**
 * Watches the event loop from now on.
 * @returns writes the gauges as they are at this moment; to be called at each scrape
 */
export function startGauges(metrics: Metrics, sources: Sources): () => void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  return () => {
    for (const quantile of QUANTILES) {
      const milliseconds = delay.count === 0 ? 0 : delay.percentile(quantile * 100) / 1e6 - RESOLUTION_MS;
      metrics.set('eventLoopLag', Math.max(0, milliseconds) / 1000, { quantile: String(quantile) });
    }
    delay.reset();
    metrics.set('activeUsers', sources.activeUsers());
    metrics.set('queueLength', sources.waiting());
  };
}

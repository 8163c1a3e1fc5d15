import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Metrics } from './metrics.ts';

/** The monitor wakes up this often, milliseconds; what it measures is the time from one waking to the next. */
const RESOLUTION_MS = 10;
const QUANTILES = [0.5, 0.99, 1];
/** What is told covers the last one to two of these, however many ask and how often. */
const WINDOW_MS = 30_000;

type DelayHistogram = ReturnType<typeof monitorEventLoopDelay>;

interface Sources {
  activeUsers(): number;
  /** Requests that wait for an inference worker. */
  waiting(): number;
}

/**
 * Watches the event loop from now on.
 * @returns writes the gauges as they are at this moment; to be called at each scrape
 */
export function startGauges(metrics: Metrics, sources: Sources, windowMs = WINDOW_MS): () => void {
  let [older, newer] = [watch(), watch()];
  setInterval(() => {
    older.disable();
    [older, newer] = [newer, watch()];
  }, windowMs).unref();
  return () => {
    for (const quantile of QUANTILES) metrics.set('eventLoopLag', lagOf(older, quantile), { quantile: String(quantile) });
    metrics.set('activeUsers', sources.activeUsers());
    metrics.set('queueLength', sources.waiting());
  };
}

function watch(): DelayHistogram {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  return delay;
}

/** Seconds. */
function lagOf(delay: DelayHistogram, quantile: number): number {
  const milliseconds = delay.count === 0 ? 0 : delay.percentile(quantile * 100) / 1e6 - RESOLUTION_MS;
  return Math.max(0, milliseconds) / 1000;
}

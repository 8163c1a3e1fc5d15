import { describe, expect, it } from '@jest/globals';
import { eventually } from '../testing/http.ts';
import { seriesValue } from '../testing/series.ts';
import { startGauges } from './gauges.ts';
import { createMetrics } from './metrics.ts';

/** Blocked for far longer than a busy machine delays a loop by itself. */
const BLOCKED_MS = 1_500;
const LONG_SECONDS = 1;

describe('the delay of the event loop', () => {
  it('is told to each who asks, for a while', async () => {
    const metrics = createMetrics({ model_namespace: 'ns', model: 'm', version: '1.0.0' });
    const read = startGauges(metrics, { activeUsers: () => 0, waiting: () => 0 }, 2_000);
    const longest = async () => {
      read();
      return seriesValue(await metrics.text(), 'recommendation_event_loop_lag_seconds', { quantile: '1' }) ?? 0;
    };
    // It takes a turn to start, and one to see what has been.
    await new Promise((done) => setTimeout(done, 50));
    const end = performance.now() + BLOCKED_MS;
    while (performance.now() < end);
    await eventually('the delay', async () => (await longest()) > LONG_SECONDS);
    expect(await longest()).toBeGreaterThan(LONG_SECONDS);
    await eventually('its end', async () => (await longest()) < LONG_SECONDS, 20_000);
  });
});

import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { eventually } from './testing/http.ts';
import { seriesValue } from './testing/series.ts';
import { startServing } from './testing/serving-process.ts';
import { stuckModel } from './testing/stuck-model.ts';
import { removeTinyBundles, tinyBundle } from './testing/tiny-bundle.ts';

jest.setTimeout(60_000);
afterAll(removeTinyBundles);

describe('a pod whose only worker is inside a run that never ends', () => {
  it('is not ready after a few seconds, counts it, and ends when told to', async () => {
    const pod = await startServing(await tinyBundle({ model: stuckModel() }), { GOLDEN_INTERVAL_MS: '200' });
    try {
      await pod.ready();
      const body = JSON.stringify({ user_id: 'u1', k: 1 });
      const asked = fetch(`${pod.origin}/recommend`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      await eventually('the pod to be unready', async () => (await fetch(`${pod.origin}/ready`)).status === 503, 15_000);
      expect((await asked).status).toBe(200);
      expect(seriesValue(await pod.metrics(), 'recommendation_golden_failures_total')).toBeGreaterThan(0);
      const before = performance.now();
      pod.child.kill('SIGTERM');
      expect((await pod.ended).code).toBe(0);
      expect(performance.now() - before).toBeLessThan(12_000);
    } finally {
      await pod.kill();
    }
  });
});

import { afterAll, describe, expect, it } from '@jest/globals';
import { BASE_LABELS, METRICS } from '../contract/metrics.ts';
import { eventually } from '../testing/http.ts';
import { kubeServer } from '../testing/kube.ts';
import { seriesValue } from '../testing/series.ts';
import { type ServingProcess, startServing } from '../testing/serving-process.ts';
import { removeTinyBundles, tinyBundle, type TinyBundle } from '../testing/tiny-bundle.ts';

const opened: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of opened) await close();
  await removeTinyBundles();
});

async function serve(bundle: TinyBundle, env: Record<string, string> = {}): Promise<ServingProcess> {
  const pod = await startServing(bundle, env);
  opened.push(pod.kill);
  await pod.ready();
  return pod;
}

/** Series of a metric in an exposition; those of histograms are their counts. */
function seriesOf(text: string, { name, type }: { name: string; type: string }): string[] {
  const written = type === 'histogram' ? `${name}_count` : name;
  return text.split('\n').filter((line) => line.startsWith(`${written}{`));
}

function post(origin: string, path: string, body: object) {
  return fetch(`${origin}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

describe('a champion pod with a candidate', () => {
  it('writes every metric of the table, with all its labels, and the usual ones of a process', async () => {
    const kube = await kubeServer();
    opened.push(kube.close);
    const next = await tinyBundle({ version: '2.0.0' });
    kube.setChampionHash('aaa');
    kube.setCarrier({ weight: 0, candidateVersion: '2.0.0', candidateDigest: next.digest, shadowPercent: 100 });
    const candidate = await serve(next);
    const champion = await serve(await tinyBundle(), {
      // Nobody is there, which costs no request.
      REDIS_URL: 'redis://127.0.0.1:9',
      CARRIER_INGRESS: 'carrier',
      KUBERNETES_API_URL: kube.origin,
      POD_TEMPLATE_HASH: 'aaa',
      CHAMPION_SERVICE: candidate.host,
      CANDIDATE_SERVICE: candidate.host,
      FEEDBACK_EVENTS: 'click,purchase',
    });
    await eventually('a watch', () => kube.watchers() === 1);
    await eventually('a comparison', async () => {
      await post(champion.origin, '/recommend', { user_id: 'u1' });
      return (seriesValue(await champion.metrics(), METRICS.shadowOverlap.name + '_count') ?? 0) > 0;
    });
    const { recommendation_id: id } = (await (await post(champion.origin, '/recommend', { user_id: 'u1' })).json()) as { recommendation_id: string };
    expect((await post(champion.origin, '/feedback', { recommendation_id: id, item_id: 'i1', event: 'click' })).status).toBe(202);
    kube.setCarrier({ weight: 100, candidateVersion: '2.0.0', candidateDigest: next.digest });
    const isForwarding = async () => (await post(champion.origin, '/recommend', { user_id: 'u1' })).headers.get('x-recommender-version') === '2.0.0';
    await eventually('a forwarded request', isForwarding);

    const text = await champion.metrics();
    for (const row of Object.values(METRICS)) {
      const series = seriesOf(text, row);
      expect([row.name, series.length > 0]).toEqual([row.name, true]);
      for (const label of [...BASE_LABELS, ...row.labels]) expect([row.name, series[0]]).toEqual([row.name, expect.stringContaining(`${label}="`)]);
    }
    // Nobody has bought anything: that is 0, and not nothing.
    for (const version of ['1.0.0', '2.0.0']) expect(seriesValue(text, METRICS.feedback.name, { event: 'purchase', version })).toBe(0);
    expect(seriesValue(text, METRICS.modelMemory.name)).toBeGreaterThan(1e6);
    // Seconds, not milliseconds. The higher quantiles tell of the machine as well.
    expect(seriesValue(text, METRICS.eventLoopLag.name, { quantile: '0.5' })).toBeLessThan(1);
    for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'process_start_time_seconds', 'nodejs_gc_duration_seconds_count']) {
      expect([name, seriesValue(text, name, { model: 'tiny', version: '1.0.0' })]).toEqual([name, expect.any(Number)]);
    }
  });
});

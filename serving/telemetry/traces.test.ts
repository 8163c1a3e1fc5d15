import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../testing/http.ts';
import { kubeServer, type KubeServer } from '../testing/kube.ts';
import { type ReceivedSpan, traceReceiver, type TraceReceiver } from '../testing/otlp.ts';
import { seriesValue } from '../testing/series.ts';
import { type ServingProcess, startServing } from '../testing/serving-process.ts';
import { removeTinyBundles, tinyBundle } from '../testing/tiny-bundle.ts';
import { tinyModel } from '../testing/tiny-model.ts';

const CALLER = '00f067aa0ba902b7';
/** Traces of callers, one a test; the last one is not sampled. */
const [FORWARDED, SHIELDED, ALONE, SECRET, REFUSED, UNSAMPLED] = Array.from('abcdef', (digit) => digit.repeat(32)) as [string, string, string, string, string, string];
const sampled = (trace: string) => `00-${trace}-${CALLER}-01`;
/** Of all requests of the first tests together. */
const SPANS = 5 + 7 + 5 + 3 + 1;

let receiver: TraceReceiver;
let kube: KubeServer;
let champion: ServingProcess;
let candidate: ServingProcess;
let candidateDigest: string;
let statuses: number[];

beforeAll(async () => {
  receiver = await traceReceiver();
  kube = await kubeServer();
  const next = await tinyBundle({ version: '2.0.0', model: tinyModel({ rows: 5 }) });
  candidateDigest = next.digest;
  const traced = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.origin, OTEL_TRACES_SAMPLER_ARG: '0' };
  kube.setChampionHash('aaa');
  kube.setCarrier({ weight: 0, candidateVersion: '2.0.0', candidateDigest });
  candidate = await startServing(next, traced);
  champion = await startServing(await tinyBundle(), {
    ...traced,
    CARRIER_INGRESS: 'carrier',
    KUBERNETES_API_URL: kube.origin,
    POD_TEMPLATE_HASH: 'aaa',
    CHAMPION_SERVICE: candidate.host,
    CANDIDATE_SERVICE: candidate.host,
  });
  await Promise.all([champion.ready(), candidate.ready()]);
  await eventually('a watch', () => kube.watchers() === 1);
  kube.setCarrier({ weight: 100, candidateVersion: '2.0.0', candidateDigest });
  const weight = async () => seriesValue(await champion.metrics(), 'recommendation_candidate_weight_percent', { version: '2.0.0' }) === 100;
  await eventually('the weight', weight);
  // All at once: spans are sent every two seconds.
  statuses = await Promise.all([
    recommend(champion, 'u1', { traceparent: sampled(FORWARDED), tracestate: 'shop=1', baggage: 'campaign=spring' }),
    recommend(champion, 'u6', { traceparent: sampled(SHIELDED) }),
    recommend(champion, 'u2'),
    recommend(champion, 'u2', { traceparent: `00-${UNSAMPLED}-${CALLER}-00` }),
    recommend(champion, 'u2', { traceparent: 'nonsense' }),
    recommend(champion, 'u2', { traceparent: sampled(ALONE) }),
    recommend(champion, 'secret-somebody@example.org', { traceparent: sampled(SECRET) }),
    recommend(champion, 'u1', { traceparent: sampled(REFUSED) }, '{'),
  ]);
  await eventually('all spans', () => receiver.spans.length >= SPANS, 15_000);
});
afterAll(async () => {
  await champion.kill();
  await candidate.kill();
  await kube.close();
  await receiver.close();
  await removeTinyBundles();
});

async function recommend(pod: ServingProcess, user: string, headers: Record<string, string> = {}, body = JSON.stringify({ user_id: user, k: 1 })): Promise<number> {
  const response = await fetch(`${pod.origin}/recommend`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  await response.arrayBuffer();
  return response.status;
}

const spansOf = (trace: string): ReceivedSpan[] => receiver.spans.filter(({ traceId }) => traceId === trace);

const child = (spans: ReceivedSpan[], parentId: string, kind: ReceivedSpan['kind'], name?: string) =>
  spans.find((span) => span.parentId === parentId && span.kind === kind && (name === undefined || span.name === name))!;

describe('traces', () => {
  it('follow a request from its caller through the champion to the candidate and back', () => {
    const spans = spansOf(FORWARDED);
    expect([statuses[0], spans.length]).toEqual([200, 5]);
    const entry = child(spans, CALLER, 'server');
    const forward = child(spans, entry.spanId, 'client');
    const answer = child(spans, forward.spanId, 'server');
    const [cache, inference] = [child(spans, answer.spanId, 'internal', 'cache'), child(spans, answer.spanId, 'internal', 'inference')];
    expect([entry, forward, answer, cache, inference].every((span) => !span.failed && span.traceState === 'shop=1')).toBe(true);
    expect([entry.resource['service.version'], answer.resource['service.version']]).toEqual(['1.0.0', '2.0.0']);
    expect(entry).toMatchObject({
      name: 'POST /recommend',
      resource: { 'service.name': 'tiny', 'service.namespace': 'shop' },
      attributes: {
        'http.request.method': 'POST', 'http.route': '/recommend', 'http.response.status_code': 200,
        'recommender.model': 'tiny', 'recommender.version': '2.0.0', 'recommender.outcome': 'forwarded',
      },
    });
    expect(forward.attributes).toMatchObject({
      'server.address': '127.0.0.1', 'server.port': Number(candidate.host.split(':')[1]), 'http.response.status_code': 200, 'recommender.outcome': 'ok',
    });
    expect(answer.attributes).toMatchObject({ 'recommender.version': '2.0.0', 'recommender.outcome': 'ok' });
  });

  it('show how the champion shielded a user whom the candidate failed', () => {
    const spans = spansOf(SHIELDED);
    expect([statuses[1], spans.length]).toEqual([200, 7]);
    const entry = child(spans, CALLER, 'server');
    const forward = child(spans, entry.spanId, 'client');
    const failed = child(spans, forward.spanId, 'server');
    expect([entry.failed, forward.failed, failed.failed, child(spans, failed.spanId, 'internal', 'inference').failed]).toEqual([false, true, true, true]);
    expect(forward.attributes).toMatchObject({ 'http.response.status_code': 500, 'error.type': 'error' });
    expect(entry.attributes).toMatchObject({ 'recommender.version': '1.0.0', 'recommender.outcome': 'ok' });
    expect(child(spans, entry.spanId, 'internal', 'inference').failed).toBe(false);
  });

  it('begin only where the caller or the share of samples says so', () => {
    expect(statuses.slice(2, 6)).toEqual([200, 200, 200, 200]);
    expect(spansOf(ALONE).filter((span) => span.parentId === CALLER)).toHaveLength(1);
    expect([spansOf(ALONE).length, spansOf(UNSAMPLED).length, receiver.spans.length]).toEqual([5, 0, SPANS]);
  });

  it('tell nothing of users', () => {
    expect(spansOf(SECRET)).toHaveLength(3);
    expect(receiver.raw.some((body) => body.includes('secret-somebody'))).toBe(false);
  });

  it('say that a refused request was refused', () => {
    expect([statuses[7], spansOf(REFUSED)]).toMatchObject([
      400,
      [{ failed: false, attributes: { 'http.response.status_code': 400, 'recommender.outcome': 'rejected' } }],
    ]);
  });
});

describe('where the receiver is gone', () => {
  it('requests are answered, and the process ends in time', async () => {
    const pod = await startServing(await tinyBundle(), { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_TRACES_SAMPLER_ARG: '1' });
    await pod.ready();
    for (let request = 0; request < 50; request += 1) expect(await recommend(pod, `u${request % 8}`)).toBe(200);
    pod.child.kill('SIGTERM');
    expect(await pod.ended).toMatchObject({ code: 0 });
  });

  it('what is left is sent at the end where it is back', async () => {
    const pod = await startServing(await tinyBundle(), { OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.origin}/`, OTEL_TRACES_SAMPLER_ARG: '1' });
    await pod.ready();
    const before = receiver.spans.length;
    await recommend(pod, 'u1');
    pod.child.kill('SIGTERM');
    expect(await pod.ended).toMatchObject({ code: 0 });
    expect(receiver.spans.slice(before).map((span) => span.name).sort()).toEqual(['POST /recommend', 'cache', 'inference']);
  });
});

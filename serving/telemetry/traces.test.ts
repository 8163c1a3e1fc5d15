import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../testing/http.ts';
import { kubeServer, type KubeServer } from '../testing/kube.ts';
import { type ReceivedSpan, traceReceiver, type TraceReceiver } from '../testing/otlp.ts';
import { seriesValue } from '../testing/series.ts';
import { type ServingProcess, startServing } from '../testing/serving-process.ts';
import { removeTinyBundles, tinyBundle } from '../testing/tiny-bundle.ts';
import { tinyModel } from '../testing/tiny-model.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = '00f067aa0ba902b7';
const sampled = `00-${TRACE}-${CALLER}-01`;
const unsampled = `00-${TRACE}-${CALLER}-00`;

let receiver: TraceReceiver;
let kube: KubeServer;
let champion: ServingProcess;
let candidate: ServingProcess;
let candidateDigest: string;

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
});
beforeEach(() => {
  receiver.spans.length = 0;
  receiver.raw.length = 0;
});
afterAll(async () => {
  await champion.kill();
  await candidate.kill();
  await kube.close();
  await receiver.close();
  await removeTinyBundles();
});

async function recommend(pod: ServingProcess, user: string, headers: Record<string, string> = {}): Promise<number> {
  const response = await fetch(`${pod.origin}/recommend`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ user_id: user, k: 1 }),
  });
  await response.arrayBuffer();
  return response.status;
}

/** Waits for `count` spans and gives them as a tree: each with those it caused. */
async function received(count: number): Promise<ReceivedSpan[]> {
  await eventually(`${count} spans`, () => receiver.spans.length >= count, 10_000);
  expect(receiver.spans).toHaveLength(count);
  return receiver.spans;
}

const child = (spans: ReceivedSpan[], parentId: string, kind: ReceivedSpan['kind'], name?: string) =>
  spans.find((span) => span.parentId === parentId && span.kind === kind && (name === undefined || span.name === name))!;

describe('traces', () => {
  it('follow a request from its caller through the champion to the candidate and back', async () => {
    const status = await recommend(champion, 'u1', { traceparent: sampled, tracestate: 'shop=1', baggage: 'campaign=spring' });
    const spans = await received(5);
    expect([status, new Set(spans.map((span) => span.traceId))]).toEqual([200, new Set([TRACE])]);
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

  it('show how the champion shielded a user whom the candidate failed', async () => {
    expect(await recommend(champion, 'u6', { traceparent: sampled })).toBe(200);
    const spans = await received(7);
    const entry = child(spans, CALLER, 'server');
    const forward = child(spans, entry.spanId, 'client');
    const failed = child(spans, forward.spanId, 'server');
    expect([entry.failed, forward.failed, failed.failed, child(spans, failed.spanId, 'internal', 'inference').failed]).toEqual([false, true, true, true]);
    expect(forward.attributes).toMatchObject({ 'http.response.status_code': 500, 'error.type': 'error' });
    expect(entry.attributes).toMatchObject({ 'recommender.version': '1.0.0', 'recommender.outcome': 'ok' });
    expect(child(spans, entry.spanId, 'internal', 'inference').failed).toBe(false);
  });

  it('begin only where the caller or the share of samples says so', async () => {
    await recommend(champion, 'u2');
    await recommend(champion, 'u2', { traceparent: unsampled });
    await recommend(champion, 'u2', { traceparent: 'nonsense' });
    await recommend(champion, 'u2', { traceparent: sampled });
    const spans = await received(5);
    expect(spans.filter((span) => span.parentId === CALLER)).toHaveLength(1);
  });

  it('tell nothing of users', async () => {
    await recommend(champion, 'secret-somebody@example.org', { traceparent: sampled });
    await received(3);
    expect(receiver.raw.some((body) => body.includes('secret-somebody'))).toBe(false);
  });

  it('say that a refused request was refused', async () => {
    const headers = { 'content-type': 'application/json', traceparent: sampled };
    expect((await fetch(`${champion.origin}/recommend`, { method: 'POST', headers, body: '{' })).status).toBe(400);
    const [span] = await received(1);
    expect(span).toMatchObject({ failed: false, attributes: { 'http.response.status_code': 400, 'recommender.outcome': 'rejected' } });
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
    await recommend(pod, 'u1');
    pod.child.kill('SIGTERM');
    expect(await pod.ended).toMatchObject({ code: 0 });
    expect(receiver.spans.map((span) => span.name).sort()).toEqual(['POST /recommend', 'cache', 'inference']);
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HEADERS } from '../contract/http.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { eventually, listen, type TestServer } from '../testing/http.ts';
import { seriesValue } from '../testing/series.ts';
import type { Shadow } from '../traffic/shadow.ts';
import type { Duplicate } from './messages.ts';
import { BOUNDS, createShadow } from './shadow.ts';
import type { ShadowListeners } from './thread.ts';

const SELF = { digest: 'sha256:one', podTemplateHash: 'aaa' };
const SHADOWED = { weight: 0, shadowPercent: 100, candidateVersion: '2.0.0', candidateDigest: 'sha256:two', championHash: 'aaa' };
const REQUEST = { body: Buffer.from('{}'), answer: Buffer.from('{"items":[],"fallback":false}'), requestId: 'r1', credentials: {} };
const SIZE = REQUEST.body.length + REQUEST.answer.length;

let service: TestServer;
/** Digest of the pods that the candidate Service leads to. */
let digest: string;
let metrics: Metrics;
let shadow: Shadow;
/** A thread that does nothing until it is told to. */
let threads: { listeners: ShadowListeners; batches: Duplicate[][]; ended: boolean }[];

beforeEach(async () => {
  digest = 'sha256:two';
  service = await listen((_request, response) => void response.setHeader(HEADERS.digest, digest).end());
  metrics = createMetrics({ model_namespace: 'shop', model: 'books', version: '1.0.0' });
  threads = [];
  shadow = createShadow({ origin: service.origin, timeoutMs: 300, self: SELF, metrics }, (_setup, listeners) => {
    const thread = { listeners, batches: [] as Duplicate[][], ended: false };
    threads.push(thread);
    return { post: (batch) => void thread.batches.push(batch), end: () => void (thread.ended = true) };
  });
});
afterEach(async () => {
  shadow.close();
  await service.close();
});

const counted = async (outcome: string) => seriesValue(await metrics.text(), 'recommendation_shadow_total', { outcome, version: '2.0.0' });
const underway = async () => {
  shadow.readGauge();
  return seriesValue(await metrics.text(), 'recommendation_shadow_underway', { version: '2.0.0' });
};
const started = (count = 1) => eventually('a thread', () => threads.length === count);

describe('the shadow', () => {
  it('wants nothing until the candidate is there, and shows its counters before', async () => {
    digest = 'sha256:one';
    shadow.follow(SHADOWED);
    expect(shadow.wants('u1')).toBe(false);
    expect(await counted('compared')).toBe(0);
    digest = 'sha256:two';
    await started();
    expect(shadow.wants('u1')).toBe(true);
  });

  it.each([
    ['nobody asked for it', { shadowPercent: 0 }],
    ['the candidate has users', { weight: 5 }],
    ['this pod is of the candidate', { candidateDigest: SELF.digest }],
    ['this pod has been replaced', { championHash: 'bbb' }],
  ])('wants nothing where %s', async (_why, change) => {
    shadow.follow(SHADOWED);
    await started();
    shadow.offer(REQUEST);
    shadow.follow({ ...SHADOWED, ...change });
    expect([shadow.wants('u1'), threads[0]?.ended, await underway()]).toEqual([false, true, 0]);
  });

  it('takes its percentage of users, the same ones each time', async () => {
    shadow.follow({ ...SHADOWED, shadowPercent: 20 });
    await started();
    const users = Array.from({ length: 2000 }, (_, index) => `u${index}`);
    const wanted = users.filter((user) => shadow.wants(user));
    expect(Math.abs(wanted.length / users.length - 0.2)).toBeLessThan(0.03);
    expect(users.filter((user) => shadow.wants(user))).toEqual(wanted);
  });

  it('never waits: what there is no room for is dropped and counted', async () => {
    shadow.follow(SHADOWED);
    await started();
    for (let request = 0; request < BOUNDS.requests + 3; request += 1) shadow.offer(REQUEST);
    expect([await counted('dropped'), await underway()]).toEqual([3, BOUNDS.requests]);
    threads[0]?.listeners.onNews({ results: [{ outcome: 'timeout', seconds: 0.3 }], bytes: SIZE });
    expect(await underway()).toBe(BOUNDS.requests - 1);
    shadow.offer(REQUEST);
    expect([await counted('dropped'), await counted('timeout'), await underway()]).toEqual([3, 1, BOUNDS.requests]);
  });

  it('keeps its own copy of what it was given', async () => {
    shadow.follow(SHADOWED);
    await started();
    const answer = Buffer.from('{"items":[]}');
    shadow.offer({ ...REQUEST, answer });
    answer.fill(0);
    await eventually('the batch', () => threads[0]?.batches.length === 1);
    expect(threads[0]?.batches[0]?.[0]?.answer).toBe('{"items":[]}');
  });

  it('counts what a lost thread held as dropped, and starts another', async () => {
    shadow.follow(SHADOWED);
    await started();
    shadow.offer(REQUEST);
    threads[0]?.listeners.onLost();
    expect(shadow.wants('u1')).toBe(false);
    await started(2);
    expect([await counted('dropped'), await underway()]).toEqual([1, 0]);
    expect(shadow.wants('u1')).toBe(true);
  });

  it('turns to the next candidate', async () => {
    shadow.follow(SHADOWED);
    await started();
    digest = 'sha256:three';
    shadow.follow({ ...SHADOWED, candidateDigest: 'sha256:three', candidateVersion: '3.0.0' });
    expect([shadow.wants('u1'), threads[0]?.ended]).toEqual([false, true]);
    await started(2);
    expect(shadow.wants('u1')).toBe(true);
  });
});

describe('a comparison', () => {
  it('becomes figures of the candidate', async () => {
    shadow.follow(SHADOWED);
    await started();
    const comparison = { overlap: 0.5, rankBiasedOverlap: 0.7, scoreDrift: 0.1, covered: true };
    threads[0]?.listeners.onNews({ results: [{ outcome: 'compared', seconds: 0.2, comparison }], bytes: 0 });
    const text = await metrics.text();
    const value = (name: string) => seriesValue(text, `recommendation_shadow_${name}`, { version: '2.0.0' });
    expect(['overlap_sum', 'rank_biased_overlap_sum', 'score_drift_sum', 'covered_total', 'duration_seconds_sum'].map(value)).toEqual([0.5, 0.7, 0.1, 1, 0.2]);
  });
});

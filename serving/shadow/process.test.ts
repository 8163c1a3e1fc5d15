import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '../testing/http.ts';
import { kubeServer, type KubeServer } from '../testing/kube.ts';
import { seriesValue } from '../testing/series.ts';
import { type ServingProcess, startServing } from '../testing/serving-process.ts';
import { removeTinyBundles, tinyBundle } from '../testing/tiny-bundle.ts';
import { tinyModel } from '../testing/tiny-model.ts';

jest.setTimeout(60_000);

let kube: KubeServer;
let champion: ServingProcess;
let candidate: ServingProcess;

beforeAll(async () => {
  kube = await kubeServer();
  kube.setChampionHash('aaa');
  // All scores a half more, in the same order.
  const next = await tinyBundle({ version: '2.0.0', model: tinyModel({ bias: 0.5 }), goldenScore: 1.5 });
  kube.setCarrier({ weight: 0, candidateVersion: '2.0.0', candidateDigest: next.digest, shadowPercent: 100 });
  const traffic = (hash: string, host: string) => ({
    ...{ CARRIER_INGRESS: 'carrier', KUBERNETES_API_URL: kube.origin, POD_TEMPLATE_HASH: hash, CHAMPION_SERVICE: host, CANDIDATE_SERVICE: host, ACCESS_LOG: 'all' },
    // The thread that takes the time may have to wait for its turn longer than any candidate takes.
    FORWARD_TIMEOUT_MS: '10000',
  });
  candidate = await startServing(next, traffic('bbb', '127.0.0.1:9'));
  await candidate.ready();
  champion = await startServing(await tinyBundle(), traffic('aaa', candidate.host));
  await champion.ready();
});
afterAll(async () => {
  await Promise.all([champion, candidate].map((pod) => pod.kill()));
  await kube.close();
  await removeTinyBundles();
});

const recommend = (user_id: string, k = 4) =>
  fetch(`${champion.origin}/recommend`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ user_id, k }) });
const shadow = async (name: string, labels = {}) => seriesValue(await champion.metrics(), `recommendation_shadow_${name}`, { version: '2.0.0', ...labels }) ?? 0;
const compared = () => shadow('total', { outcome: 'compared' });
const drained = () => eventually('no duplicate is on its way', async () => (await shadow('underway')) === 0, 20_000);
/** Scheduling policies of a process's threads: field 41 of proc_pid_stat(5), of which the second may hold spaces. */
function policiesOf(pid: number): string[] {
  const stats = readdirSync(`/proc/${pid}/task`).map((thread) => readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8'));
  return stats.map((stat) => stat.slice(stat.lastIndexOf(')') + 2).split(' ')[38] ?? '');
}
const SCHED_IDLE = '5';
const ofCandidate = async (name: string, labels = {}) => seriesValue(await candidate.metrics(), `recommendation_${name}`, labels);

describe('a champion pod and a candidate that is shadowed', () => {
  it('compares answers that nobody but the champion gave', async () => {
    await eventually('a duplicate', async () => {
      expect((await recommend('u1')).headers.get('x-recommender-version')).toBe('1.0.0');
      return (await shadow('underway')) > 0;
    });
    await drained();
    const before = await compared();
    for (let user = 0; user < 8; user += 1) expect(await (await recommend(`u${user}`)).json()).toMatchObject({ version: '1.0.0' });
    await drained();
    expect(await compared()).toBe(before + 8);
    const text = await champion.metrics();
    const told = (name: string, labels = {}) => seriesValue(text, `recommendation_shadow_${name}`, { version: '2.0.0', ...labels }) ?? 0;
    const count = told('total', { outcome: 'compared' });
    expect(told('overlap_sum')).toBe(count);
    expect(told('rank_biased_overlap_sum')).toBeCloseTo(count, 6);
    expect(told('covered_total')).toBe(count);
    expect(told('score_drift_sum')).toBeGreaterThan(0.4 * count);
    expect(told('duration_seconds_count')).toBe(count);
    expect(told('total', { outcome: 'error' })).toBe(0);
  });

  it('sends duplicates from one thread, which runs when no other one wants to', async () => {
    const idle = () => policiesOf(champion.child.pid ?? 0).filter((policy) => policy === SCHED_IDLE);
    await eventually('the policy', () => idle().length > 0);
    expect(idle()).toHaveLength(1);
  });

  it('leaves no trace of users on the candidate', async () => {
    expect(await ofCandidate('generation_latency_seconds_count')).toBeGreaterThan(0);
    expect(await ofCandidate('active_users')).toBe(0);
    for (const outcome of ['ok', 'fallback', 'error', 'rejected']) expect(await ofCandidate('requests_total', { outcome })).toBe(0);
    expect(await ofCandidate('request_duration_seconds_count')).toBeUndefined();
  });

  it('compares no popular items', async () => {
    const before = await compared();
    const strangers = 20;
    for (let stranger = 0; stranger < strangers; stranger += 1) expect(await (await recommend('a stranger')).json()).toMatchObject({ fallback: true });
    await recommend('u1');
    await drained();
    expect(await compared()).toBe(before + 1);
  });

  it('goes on answering when the candidate is gone', async () => {
    await candidate.kill();
    for (let user = 0; user < 8; user += 1) expect((await recommend(`u${user}`)).status).toBe(200);
    await drained();
    expect(await shadow('total', { outcome: 'error' })).toBe(8);
  });
});

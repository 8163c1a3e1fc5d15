import { describe, expect, jest } from '@jest/globals';
import { until } from '../../../tools/testenv/until.ts';
import { openE2E } from '../e2e.ts';
import { ordered } from '../ordered.ts';

/**
 * One model lives through everything that happens to versions, on a real cluster with real Argo Rollouts and Prometheus. The tests
 * build on each other. Users come in the third and stay to the end; none of them may ever get an error.
 */
jest.setTimeout(240_000);

const NAMESPACE = 'e2e-delivery';
const USERS_PER_SECOND = 50;

const e2e = await openE2E(NAMESPACE);
const { cluster, untilStatus, untilServing, untilShare, untilSettledOn, rollout, version, seen } = e2e;

let usersAreThere = false;

const status = async () => (await e2e.model())?.status;
const untilRejected = (version: string) =>
  untilStatus(`${version} is rejected`, ({ phase, message }) => phase === 'Rejected' && message?.startsWith(version) === true);
const changes = async (from: string, to: string) => (await seen()).switches[`${from}->${to}`] ?? 0;

const step = ordered(async () => {
  if (usersAreThere) await e2e.nobodyGotAnError();
});

describe('a model and its versions', () => {
  step('the first version is validated and serves', async () => {
    await e2e.apply('1.0.0', { delivery: { validation: {} } });
    const { conditions, champion } = await untilServing('1.0.0');
    expect(champion?.digest).toBe(e2e.release('1.0.0').digest);
    expect(conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
    const found = (await version('1.0.0'))?.status;
    expect(found?.metrics).toHaveProperty('ndcg@10');
    expect(found?.contract).toMatchObject({ task: 'user-to-items', inputs: [{ from: 'user_id' }], items: { count: expect.any(Number) } });
    expect(found?.validation).toMatchObject({ requests: 150, failed: 0, p99: expect.stringMatching(/ms$/), memory: expect.stringMatching(/Mi$/) });
  });

  step('without users a candidate waits for requests, however long', async () => {
    await e2e.apply('2.0.0');
    await untilStatus('it waits for requests', ({ message }) => (message ?? '').includes('at 10% of users, step 1 of 2: 0 of 40 requests needed'));
    expect((await status())?.candidate?.weight).toBe(10);
  });

  step('another desired version takes its place, and is promoted', async () => {
    await e2e.startTraffic(USERS_PER_SECOND);
    usersAreThere = true;
    await e2e.apply('2.1.0');
    await until('2.0.0 is abandoned', async () => (await version('2.0.0'))?.status?.decisions?.[0]?.reason.includes('2.1.0'));
    await untilShare('2.1.0', 10);
    await untilShare('2.1.0', 50);
    await untilServing('2.1.0');
    expect((await version('1.0.0'))?.status?.stage).toBe('Retired');
    const evidence = (await version('2.1.0'))?.status?.decisions?.[0]?.evidence ?? [];
    expect(evidence.filter(({ verdict }) => verdict === 'Pass').map(({ metric }) => metric)).toEqual(
      expect.arrayContaining(['error-rate', 'average-latency', 'p99-latency', 'inference-errors', 'throttled-rate', 'fallback-share', 'requests']),
    );
  });

  step('and no user who saw it went back while its share grew', async () => {
    expect(await changes('1.0.0', '2.1.0')).toBeGreaterThan(0);
    expect(await changes('2.1.0', '1.0.0')).toBe(0);
  });

  step('a version that throws is rejected with the numbers, and a re-sync of the same manifest changes nothing', async () => {
    await e2e.apply('3.0.0');
    const { message } = await untilRejected('3.0.0');
    expect(message).toMatch(/^3\.0\.0 was rejected at 10% of users: .+, above the limit of [^.]+\./);
    expect((await version('3.0.0'))?.status?.stage).toBe('Rejected');
    await untilSettledOn('2.1.0');

    const before = await rollout();
    // The operator notes every value of this annotation: the note proves that it has seen the sync.
    const sync = '9.9.9 a sync of the same manifest';
    await e2e.apply('3.0.0', {}, { annotations: { 'recommender.dev/retry': sync } });
    await untilStatus('the operator has seen the sync', ({ acts }) => acts?.retry === sync);
    expect((await status())?.phase).toBe('Rejected');
    expect((await rollout())?.metadata.generation).toBe(before?.metadata.generation);
  });

  step('a slow version is rejected for its latency', async () => {
    // On a busy machine its pod has more to do than it can and turns requests away; only the limits of latency are of interest here.
    const guardrails = { averageLatency: '150ms', p99Latency: '2s', errorRate: '1', throttledRate: '1' };
    await e2e.apply('4.0.0', { analysis: { interval: '3s', window: '20s', minRequests: 40, guardrails } });
    const { message } = await untilRejected('4.0.0');
    expect(message).toMatch(/latency was [^;]+, above the limit of (150 ms|2 s)/);
  });

  step('a version that is worse offline than is asked for, or not what its digest says, is rejected before there is any pod of it', async () => {
    await untilSettledOn('2.1.0');
    const before = await rollout();
    await e2e.apply('2.0.0', { analysis: { acceptance: [{ metric: 'ndcg@10', min: '0.99' }] } });
    expect((await untilRejected('2.0.0')).message).toMatch(/before any user saw it: Its ndcg@10 is 0\.\d+; analysis\.acceptance requires at least 0\.99\./);
    const { decisions, contract } = (await version('2.0.0'))?.status ?? {};
    expect(decisions?.[0]?.evidence).toContainEqual(expect.objectContaining({ metric: 'item-coverage', verdict: 'Pass' }));
    expect(contract?.items.count).toBeGreaterThan(0);
    await e2e.apply('5.0.0');
    const { message } = await untilRejected('5.0.0');
    expect(message).toMatch(/before any user saw it: .*model\.onnx/);
    expect((await rollout())?.metadata.generation).toBe(before?.metadata.generation);
  });

  step('another serving setting is a plain rolling change', async () => {
    const digest = e2e.release('2.1.0').digest;
    const serving = { replicas: { min: 2, max: 2 }, resources: { requests: { cpu: '60m', memory: '192Mi' } } };
    await e2e.apply('2.1.0', { serving });
    await untilStatus('the pods are replaced', ({ phase, message }) => phase === 'Healthy' && message === '2.1.0 serves everyone.');
    const pods = await cluster.list('Pod', NAMESPACE, 'app.kubernetes.io/component=serving');
    const changed = pods.filter((pod) => JSON.stringify(pod['spec']).includes('"cpu":"60m"'));
    expect(changed).toHaveLength(2);
    expect((await rollout())?.spec.strategy?.canary?.steps).toBeUndefined();
    expect((await status())?.champion?.digest).toBe(digest);
    expect(await cluster.list('AnalysisRun', NAMESPACE)).not.toContainEqual(expect.objectContaining({ status: expect.objectContaining({ phase: 'Running' }) }));
  });

  step('a Rollout deleted by hand comes back with the champion, though another version is desired', async () => {
    await e2e.apply('5.0.0', { serving: { replicas: { min: 2, max: 2 }, resources: { requests: { cpu: '60m', memory: '192Mi' } } } });
    const before = await rollout();
    await cluster.remove('Rollout', { namespace: NAMESPACE, name: 'books' });
    const after = await until('a new Rollout serves', async () => {
      const now = await rollout();
      return now && now.metadata.uid !== before?.metadata.uid && now.status?.phase === 'Healthy' ? now : undefined;
    }, 90_000);
    expect(after.spec.template.metadata?.annotations?.['recommender.dev/version']).toBe('2.1.0');
    expect((await status())?.champion?.version).toBe('2.1.0');
    await until('the pods of the deleted one are gone', async () => {
      const pods = await cluster.list('Pod', NAMESPACE, 'app.kubernetes.io/component=serving');
      return pods.every(({ metadata }) => metadata.deletionTimestamp === undefined);
    }, 90_000);
  });
});

import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import type { AnalysisRun, Rollout } from '../../operator/api/argo.ts';
import type { KubernetesObject } from '../../operator/api/objects.ts';
import { network } from '../../tools/cluster/layout.ts';
import { until } from '../../tools/testenv/until.ts';
import { type Proxy, startProxy } from '../apiserver/proxy.ts';
import { exporter, ODD, oddGuardrails } from './exporter.ts';
import { chapters, openStage, serviceOfHost } from './stage.ts';
import { undone } from './undone.ts';

/**
 * Numbers that are none, edits by hand, a Prometheus that is slow or away and an Argo Rollouts that is gone, in releases of each
 * strategy under users. The tests are chapters. Argo Rollouts asks Prometheus through a proxy on this machine.
 */
jest.setTimeout(240_000);

const SHOP = 'e2e-faults';
const PROMETHEUS = 9090;
/** Argo Rollouts gives a query up after thirty seconds. */
const TOO_SLOW_MS = 35_000;
const HASH = 'rollouts-pod-template-hash';

const { cluster, shop, untilStatus, untilServing, nobodyGotAnError } = await openStage(SHOP, { prometheusUrl: `http://prometheus.${SHOP}.svc:${String(PROMETHEUS)}`, tidyUp: () => argoRollouts(1) });
let proxy: Proxy;
let numbers: ReturnType<typeof exporter>;

beforeAll(async () => {
  const { spec } = (await cluster.get('Service', { namespace: 'monitoring', name: 'prometheus' })) as KubernetesObject & { spec: { clusterIP: string } };
  proxy = await startProxy(PROMETHEUS, { host: spec.clusterIP, listen: network.host });
  for (const object of serviceOfHost(SHOP, 'prometheus', proxy.port, PROMETHEUS)) await cluster.apply(object);
  numbers = exporter(cluster, SHOP, '2.1.0');
  const store = (await cluster.get('Pod', { namespace: SHOP, name: 'store' })) as KubernetesObject & { spec: { containers: { image: string }[] } };
  await numbers.start(store.spec.containers[0]?.image ?? '');
});

afterAll(() => proxy.close());

const chapter = chapters(() => Promise.resolve());
const untilSaid = (text: RegExp) => untilStatus(`the status says ${String(text)}`, ({ message }) => text.test(message ?? ''));
const argoRollouts = (replicas: number) =>
  cluster.apply({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'argo-rollouts', namespace: 'argo-rollouts' }, spec: { replicas } });
/** Argo Rollouts goes in the middle of a step with this share of users, is missed, and comes back. */
async function untilMissed(weight: number, where: RegExp): Promise<void> {
  await argoRollouts(0);
  const { message, conditions, candidate } = await untilSaid(/Argo Rollouts has not acted on a step that was due at .* UTC; check that its controller is running\.$/);
  expect([candidate?.weight, message]).toEqual([weight, expect.stringMatching(where)]);
  expect(conditions).toContainEqual(expect.objectContaining({ type: 'Progressing', reason: 'ArgoRolloutsSilent' }));
  await argoRollouts(1);
}
const rollout = async () => (await cluster.get('Rollout', { namespace: SHOP, name: 'books' })) as Rollout;
/** Of a metric, by the gate that a canary of one step is at. */
const measuredAtGate = async (metric: string) => {
  const runs = (await cluster.list('AnalysisRun', SHOP)) as AnalysisRun[];
  const gates = runs.filter(({ metadata, status }) => metadata.labels?.['step-index'] === '2' && status?.phase === 'Running');
  return gates.flatMap(({ status }) => status?.metricResults ?? []).find(({ name }) => name === metric)?.measurements ?? [];
};

const delivery = { canary: { steps: [{ weight: 10, hold: '2s' }] }, progressDeadline: '1m', after: { watchFor: '0s' } };
const analysis = { interval: '3s', window: '20s', minRequests: 40, guardrails: { averageLatency: '1s', p99Latency: '4s' } };

describe('numbers that are none', () => {
  chapter('hold a canary, each with its reason, and a counter that was reset counts nothing', async () => {
    await shop.wish('1.0.0', { delivery });
    await untilServing('1.0.0');
    await numbers.say('odd');
    await shop.wish('2.1.0', { delivery, analysis: { ...analysis, custom: oddGuardrails(SHOP) } });
    await untilStatus('it has users', ({ candidate }) => candidate?.weight === 10);
    await numbers.say('reset');
    for (const name of ODD) {
      await until(`${name} was measured three times`, async () => (await measuredAtGate(`odd-${name}`)).length >= 3, 60_000);
      expect((await measuredAtGate(`odd-${name}`)).map(({ phase }) => phase)).not.toContain('Successful');
    }
    const { message, verdicts = [], candidate, champion } = (await shop.model())?.status ?? {};
    expect(message).toMatch(/^2\.1\.0 at 10% of users, step 1 of 1: 0 of 40 requests needed/);
    expect([candidate?.weight, champion?.version]).toEqual([10, '1.0.0']);
    const reasons = Object.fromEntries(verdicts.map(({ metric, verdict, reason }) => [metric, [verdict, reason]]));
    expect(reasons).toMatchObject({
      'odd-nan': ['Wait', 'the query returned NaN, which cannot be compared with a limit'],
      'odd-infinite': ['Wait', 'the query returned +Inf, which cannot be compared with a limit'],
      'odd-empty': ['Wait', 'not enough data yet'],
      'odd-many': ['Wait', 'the query returned 3 series instead of one'],
      'odd-stale': ['Wait', 'not enough data yet'],
    });
    await shop.openDoors(25);
    await untilSaid(/^2\.1\.0 at 10% of users, step 1 of 1: odd-nan: the query returned NaN, which cannot be compared with a limit\.$/);
  });
});

describe('what somebody edits by hand', () => {
  chapter('is put back within seconds, and no user gets an error', async () => {
    const carrier = async () => (await cluster.get('Ingress', { namespace: SHOP, name: 'books-books-canary' }))?.metadata.annotations?.['recommender.dev/canary-weight'];
    const selector = async () => ((await cluster.get('Service', { namespace: SHOP, name: 'books' })) as { spec?: { selector?: Record<string, string> } }).spec?.selector;
    expect([await carrier(), Object.keys((await selector()) ?? {})]).toEqual(['10', expect.arrayContaining([HASH])]);
    const share = { what: 'the share of users', kind: 'ingress', name: 'books-books-canary', body: { metadata: { annotations: { 'recommender.dev/canary-weight': '100' } } } };
    await undone(cluster, SHOP, share, carrier);
    await undone(cluster, SHOP, { what: 'the pods of the champion', kind: 'service', name: 'books', body: { spec: { selector: { [HASH]: null } } } }, selector);
    const steps = { what: 'the steps', kind: 'rollout', name: 'books', body: { spec: { strategy: { canary: { steps: [{ setWeight: 100 }] } } } } };
    await undone(cluster, SHOP, steps, async () => (await rollout()).spec.strategy?.canary?.steps);
    await untilSaid(/^2\.1\.0 at 10% of users, step 1 of 1: odd-nan/);
    const told = await until('three Events tell of it', async () => {
      const events = (await cluster.list('Event', SHOP)) as (KubernetesObject & { reason: string; note: string })[];
      const notes = events.filter(({ reason }) => reason === 'EditedByHand').map(({ note }) => note);
      return notes.length >= 3 ? notes.join('\n') : undefined;
    });
    expect(told).toMatch(/kubectl-patch wrote recommender\.dev\/canary-weight="100" on Ingress books-books-canary/);
    expect(told).toMatch(/Reverted a manual edit of Service books: \.spec\.selector \(by kubectl-patch\)/);
    expect(told).toMatch(/Reverted a manual edit of Rollout books: .*steps/);
    await nobodyGotAnError();
  });

  chapter('does not stop the release: once the numbers are good everyone has it', async () => {
    await numbers.say('good');
    await untilServing('2.1.0');
    await nobodyGotAnError();
  });
});

describe('a blue-green delivery', () => {
  const wish = { delivery: { strategy: 'BlueGreen', blueGreen: { weight: 20, validateFor: '5s', keepPrevious: '30s' }, after: { watchFor: '0s' }, progressDeadline: '1m' }, analysis };

  chapter('holds without users while Prometheus is too slow, and says so', async () => {
    proxy.delay(TOO_SLOW_MS);
    await shop.wish('2.0.0', wish);
    await untilSaid(/^2\.0\.0 at 0% of users, step 1 of 2: .*could not be measured: .*(deadline|timeout|Timeout)/);
    expect((await shop.model())?.status?.candidate?.weight).toBe(0);
    await proxy.restore();
  });

  chapter('stays as it is while Argo Rollouts is gone, which the status names, and goes on when it is back', async () => {
    await untilStatus('some users try it', ({ candidate }) => candidate?.weight === 20);
    await untilMissed(20, /^2\.0\.0 at 20% of users/);
    await untilServing('2.0.0');
    await nobodyGotAnError();
  });
});

describe('numbers that are none, in the other strategies', () => {
  const odd = { ...analysis, custom: oddGuardrails(SHOP) };
  const said = (where: string) => untilSaid(new RegExp(`^${where}: odd-nan: the query returned NaN, which cannot be compared with a limit\\.$`));

  chapter('hold a second stack with its users', async () => {
    await numbers.say('odd');
    await shop.wish('2.1.0', { delivery: { strategy: 'BlueGreen', blueGreen: { weight: 20, validateFor: '2s', keepPrevious: '30s' }, after: { watchFor: '0s' }, progressDeadline: '1m' }, analysis: odd });
    await said('2\\.1\\.0 at 20% of users, step 2 of 2');
    await numbers.say('good');
    await untilServing('2.1.0');
    await nobodyGotAnError();
  });

  chapter('hold what was shadowed, once it has users', async () => {
    await numbers.say('odd');
    await shop.wish('2.0.0', { delivery: { ...delivery, strategy: 'Shadow', shadow: { holdFor: '2s' } }, analysis: odd });
    await untilStatus('it is shadowed', ({ phase }) => phase === 'Shadow');
    await said('2\\.0\\.0 at 10% of users, step 2 of 2');
    await numbers.say('good');
    await untilServing('2.0.0');
    await nobodyGotAnError();
  });
});

describe('a canary', () => {
  chapter('keeps its share of users while Prometheus is away, and says so; then everyone has it', async () => {
    await proxy.refuse();
    await shop.wish('2.1.0', { delivery: { ...delivery, canary: { steps: [{ weight: 20, hold: '2s' }] } }, analysis });
    await untilSaid(/^2\.1\.0 at 20% of users, step 1 of 1: .*could not be measured: .*(refused|reset|EOF)/);
    await until('its gate has asked in vain and again', async () => (await measuredAtGate('requests')).filter(({ phase }) => phase === 'Error').length >= 2, 60_000);
    const { candidate, champion } = (await shop.model())?.status ?? {};
    expect([candidate?.weight, champion?.version]).toEqual([20, '2.0.0']);
    await proxy.restore();
    await untilServing('2.1.0');
    await nobodyGotAnError();
  });
});

describe('a shadow', () => {
  chapter('holds while Prometheus is away, and says so; then it goes on to users', async () => {
    await shop.wish('1.0.0', { delivery: { ...delivery, strategy: 'Shadow', shadow: { holdFor: '2s' } }, analysis });
    await untilStatus('it is shadowed', ({ phase }) => phase === 'Shadow');
    await proxy.refuse();
    const { candidate, phase } = await untilSaid(/^1\.0\.0 is being shadowed: .*could not be measured: .*(refused|reset|EOF)/);
    expect([candidate?.weight, phase]).toEqual([0, 'Shadow']);
    await proxy.restore();
    await untilStatus('it has users', ({ candidate: now }) => now?.weight === 10);
    await nobodyGotAnError();
  });

  chapter('stays as it is while Argo Rollouts is gone, and so does the canary after it; then everyone has it', async () => {
    // Long enough for Argo Rollouts to be gone before it goes on.
    await shop.wish('2.0.0', { delivery: { ...delivery, strategy: 'Shadow', shadow: { holdFor: '10s' }, canary: { steps: [{ weight: 10, hold: '10s' }] } }, analysis });
    await untilSaid(/^2\.0\.0 is being shadowed until/);
    await untilMissed(0, /^2\.0\.0 is shadowed/);
    await untilStatus('it has users', ({ candidate }) => candidate?.weight === 10);
    await untilMissed(10, /^2\.0\.0 at 10% of users/);
    await untilServing('2.0.0');
    await nobodyGotAnError();
  });
});
